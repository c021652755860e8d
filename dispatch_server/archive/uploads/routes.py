"""HTTP: a terminal asks for the footage key, tells of its masters, and asks what is wanted of them."""

from typing import Annotated, Protocol

from fastapi import Path, Request, Response

from dispatch_server.archive.model import Recording
from dispatch_server.archive.uploads import actions  # noqa: F401 - they are registered
from dispatch_server.archive.uploads.announcing import ACTION, Announcing
from dispatch_server.archive.uploads.desk import UploadDesk
from dispatch_server.archive.uploads.ending import Ending
from dispatch_server.archive.uploads.ports import LackingPort
from dispatch_server.archive.uploads.refusals import CardElsewhere, UploadTooLarge
from dispatch_server.archive.uploads.worth import in_order_of_worth
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import by_terminal
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Unsupported
from dispatch_server.protocol import masters as words
from dispatch_server.protocol.problem import responses

API = "/api/v1/uploads"
REFUSED = responses(400, 401, 404, 409, 413, 415, 422, 429, 503)
Caller = Annotated[TerminalCaller, by_terminal(ACTION)]
SegmentNumber = Annotated[int, Path(ge=1, le=words.SEGMENTS_AT_MOST)]
INDEX_BODY = {
    "requestBody": {"required": True, "content": {words.INDEX_TYPE: {"schema": {"type": "string"}}}},
}


class Parts(Protocol):
    """`lacking` is looked up each time: a better one may take its place."""

    desk: UploadDesk
    announcing: Announcing
    ending: Ending
    lacking: LackingPort


def master_routes(parts: Parts) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/terminal", tags=["masters"])
    announcing, ending, desk = parts.announcing, parts.ending, parts.desk
    keeper = announcing.keeper

    @router.get("/footage-key", responses=responses(401))
    async def footage_key(caller: Caller) -> words.FootageKey:
        """To which key footage is sealed, and by which one receipts are signed."""
        return keeper.footage().given(keeper.evidence())

    @router.put("/masters/{recording_id}", status_code=201, responses=REFUSED | {200: {"model": words.MasterStanding}})
    async def register(
        recording_id: words.MasterId, body: words.MasterCard, caller: Caller, response: Response
    ) -> words.MasterStanding:
        """A master exists. The same again changes nothing."""
        if body.id != recording_id:
            raise CardElsewhere
        recording, is_new = await announcing.register(caller, body)
        response.status_code = 201 if is_new else 200
        return await standing(recording)

    @router.put(
        "/masters/{recording_id}/segments/{number}/index",
        responses=REFUSED,
        openapi_extra=INDEX_BODY,
        max_body_size=words.INDEX_LIMIT_BYTES,
    )
    async def take_index(
        recording_id: words.MasterId, number: SegmentNumber, request: Request, caller: Caller
    ) -> words.SegmentIndexed:
        """The index of one segment, as the terminal has it; each follows the one before."""
        recording = await announcing.find(caller, recording_id)
        announced = await announcing.take_index(recording, number, await read_index_body(request))
        return words.SegmentIndexed(
            recording=recording_id, segment=number, bytes=announced.bytes, chain=announced.chain
        )

    @router.put("/masters/{recording_id}/end", responses=REFUSED)
    async def end(recording_id: words.MasterId, body: words.MasterEnd, caller: Caller) -> words.MasterStanding:
        """Nothing more is added; the device's seal says so. Media that is lacking may still come."""
        recording = await announcing.find(caller, recording_id)
        return await standing(await ending.end(caller, recording, body))

    @router.get("/masters/{recording_id}", responses=responses(401, 404, 422, 503))
    async def show(recording_id: words.MasterId, caller: Caller) -> words.MasterStanding:
        """What is wanted, in the order of its worth, and the receipts for what is kept."""
        recording = await announcing.find(caller, recording_id)
        await announcing.heard(recording_id)
        return await standing(recording)

    async def standing(recording: Recording) -> words.MasterStanding:
        card = recording.card
        announced = await keeper.store.segments_of(card.id)
        missing = [one for one in announced if one.receipt is None]
        runs = []
        if missing:
            begin, until = min(one.from_utc_us for one in missing), max(one.to_utc_us for one in missing)
            runs = list(await parts.lacking.lacking(card.source, begin, until))
        return words.MasterStanding(
            recording=card.id,
            state=recording.state.value,
            indexed=[one.number for one in announced],
            wanted=in_order_of_worth(missing, runs),
            receipts=[one.receipt for one in announced if one.receipt is not None],
            uploads=[
                words.UploadUnderWay(
                    segment=one.segment,
                    location=f"{API}/{one.id}",
                    offset=one.offset,
                    length=one.length,
                    expires_utc_us=one.expires_utc_us,
                )
                for one in desk.of_recording(card.id)
            ],
            server_utc_us=keeper.world.utc_us(),
        )

    return router


async def read_index_body(request: Request) -> bytes:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != words.INDEX_TYPE:
        raise Unsupported(
            "media_type_unsupported", f"The body must be {words.INDEX_TYPE}.", accepted=(words.INDEX_TYPE,)
        )
    body = bytearray()
    async for data in request.stream():
        body += data
        if len(body) > words.INDEX_LIMIT_BYTES:
            raise UploadTooLarge(words.INDEX_LIMIT_BYTES)
    return bytes(body)
