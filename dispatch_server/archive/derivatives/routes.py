"""/api/v1/derivatives: clips, stills and marked copies are made, listed and fetched."""

from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from dispatch_server.archive.derivatives import actions
from dispatch_server.archive.derivatives.making import Making
from dispatch_server.archive.derivatives.model import Derivative, Kind, State
from dispatch_server.archive.derivatives.refusals import DerivativeUnknown
from dispatch_server.archive.derivatives.service import DerivativeService, Wish
from dispatch_server.archive.routes import BINARY
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol import exports as messages
from dispatch_server.protocol.problem import responses
from dispatch_server.web.ranges import Slice, one_range

PREFIX = "/api/v1/derivatives"
DerivativeId = Annotated[str, Path(min_length=1, max_length=36, pattern=r"^[A-Za-z0-9-]+$")]
Lister = Annotated[Session, permit(actions.LIST)]
Maker = Annotated[Session, permit(actions.MAKE)]
Fetcher = Annotated[Session, permit(actions.FETCH)]
CONTENT = {"video/mp4": BINARY, "image/png": BINARY, "image/jpeg": BINARY}
SUFFIXES = {"video/mp4": "mp4", "image/png": "png", "image/jpeg": "jpg"}


def derivative_routes(service: DerivativeService, making: Making) -> GuardedRouter:
    router = GuardedRouter(prefix=PREFIX, tags=["derivatives"])

    async def entry(session: Session, one: Derivative) -> messages.DerivativeEntry:
        progress, needs_export = making.progress.get(one.id, 0.0), await service.needs_export(session, one)
        return shown(one, progress, await service.is_original_kept(one), needs_export)

    @router.get("", responses=responses(400, 401, 403, 503))
    async def list_derivatives(
        session: Lister,
        recording_id: Annotated[str | None, Query(max_length=64)] = None,
        before: Annotated[str | None, Query(max_length=36)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> messages.DerivativeList:
        """Newest first."""
        found = await service.store.page(session.scope(actions.LIST), limit, before, recording_id)
        return messages.DerivativeList(
            derivatives=[await entry(session, one) for one in found],
            next_before=found[-1].id if len(found) == limit else None,
            server_utc_us=service.world.utc_us(),
        )

    @router.post("", status_code=202, responses=responses(400, 401, 403, 404, 409, 422, 429, 503))
    async def make_derivative(wish: messages.DerivativeWish, session: Maker) -> messages.DerivativeEntry:
        """It is made beside: ask for it again until it is `ready` or `failed`."""
        asked = Wish(
            wish.recording_id, Kind(wish.kind), wish.from_utc_us, wish.to_utc_us, wish.mark, wish.picture, wish.purpose
        )
        return await entry(session, await service.ask(session, session.scope(actions.MAKE), asked))

    @router.get("/{derivative_id}", responses=responses(401, 403, 404, 503))
    async def show_derivative(derivative_id: DerivativeId, session: Lister) -> messages.DerivativeEntry:
        return await entry(session, await service.find(derivative_id, session.scope(actions.LIST)))

    @router.get(
        "/{derivative_id}/content",
        response_class=Response,
        responses=responses(401, 403, 404, 409, 416, 503) | {200: {"content": CONTENT}, 206: {"content": CONTENT}},
    )
    async def send_derivative(request: Request, derivative_id: DerivativeId, session: Fetcher) -> Response:
        """The whole, or one range; every request for it is on record."""
        one = await service.open(session, session.scope(actions.FETCH), derivative_id)
        part = one_range(request.headers.get("range"), one.bytes)
        chosen = part or Slice(0, one.bytes)
        name = f"{one.kind.value}-{one.id}.{SUFFIXES[one.media_type]}"
        headers = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "Content-Length": str(chosen.count),
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        if part is not None:
            headers["Content-Range"] = f"bytes {part.first}-{part.first + part.count - 1}/{one.bytes}"
        body = service.read(one.content, chosen.first, chosen.count)
        return StreamingResponse(body, 206 if part is not None else 200, headers, media_type=one.media_type)

    @router.get(
        "/{derivative_id}/origin.jsonl",
        response_class=Response,
        responses=responses(401, 403, 404, 503) | {200: {"content": {"application/jsonl": BINARY}}},
    )
    async def send_origin(derivative_id: DerivativeId, session: Lister) -> Response:
        """A head, and a line for each original fragment: where it lies, its digest there and here."""
        one = await service.find(derivative_id, session.scope(actions.LIST))
        if not one.origin:
            raise DerivativeUnknown
        return StreamingResponse(service.read(one.origin, 0, None), media_type="application/jsonl")

    return router


def shown(one: Derivative, progress: float, original_is_kept: bool, needs_export: bool) -> messages.DerivativeEntry:
    is_ready = one.state is State.READY
    return messages.DerivativeEntry(
        derivative_id=one.id,
        recording_id=one.recording_id,
        department=one.department,
        kind=one.kind.value,
        state=one.state.value,
        from_utc_us=one.from_utc_us or one.asked_from_utc_us,
        to_utc_us=one.to_utc_us or one.asked_to_utc_us,
        widened=one.is_widened,
        mark=one.mark,
        made_by=one.made_by,
        made_name=one.made_name,
        made_utc_us=one.made_utc_us,
        chain=one.chain,
        original_sha256=one.original_digest,
        bytes=one.bytes,
        sha256=one.sha256,
        media_type=one.media_type,
        note=one.note,
        progress=1.0 if is_ready else progress,
        content_url=f"{PREFIX}/{one.id}/content" if is_ready and not needs_export else None,
        needs_export=needs_export,
        origin_url=f"{PREFIX}/{one.id}/origin.jsonl" if one.origin else None,
        original_is_kept=original_is_kept,
    )
