"""What leaves: the package as one ZIP that can be resumed, and the playing of what may only be viewed."""

from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from dispatch_server.archive.exports import actions
from dispatch_server.archive.exports.links import Links, digest_of
from dispatch_server.archive.exports.model import Export, Mode, State
from dispatch_server.archive.exports.package import Packages
from dispatch_server.archive.exports.refusals import ExportNotSo, ExportUnknown
from dispatch_server.archive.exports.routes import PREFIX, ExportId
from dispatch_server.archive.exports.sending import Sender
from dispatch_server.archive.exports.service import ExportService
from dispatch_server.archive.ports import NamesPort
from dispatch_server.archive.routes import BINARY, PLAYLIST_TYPE
from dispatch_server.archive.viewings import Purpose, PurposeKind, Viewings
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.scope import COUNTY
from dispatch_server.protocol import exports as messages
from dispatch_server.protocol.problem import responses
from dispatch_server.runtime.threads import Threads
from dispatch_server.web.ranges import Slice, file_answer, one_range

ZIP_TYPE = "application/zip"
Fetcher = Annotated[Session, permit(actions.DOWNLOAD)]
Viewer = Annotated[Session, permit(actions.VIEW)]
Place = Annotated[int, Path(ge=1, le=999)]
ZIP_CONTENT = {ZIP_TYPE: BINARY}


def package_routes(service: ExportService, packages: Packages, sender: Sender, links: Links) -> GuardedRouter:
    router = GuardedRouter(prefix=PREFIX, tags=["exports"])

    @router.get(
        "/{export_id}/package.zip",
        response_class=Response,
        responses=responses(401, 403, 404, 409, 416, 503)
        | {200: {"content": ZIP_CONTENT}, 206: {"content": ZIP_CONTENT}},
    )
    async def send_package(
        request: Request, export_id: ExportId, session: Fetcher, secret: Annotated[str, Query(max_length=64)] = ""
    ) -> Response:
        """A ZIP with files as they are; a download that was cut off goes on with `Range`, with the same bytes."""
        scope = session.scope(actions.DOWNLOAD)
        export = await service.find(export_id, scope)
        sender.check_free()
        if export.state is not State.READY or not export.layout:
            await links.use(session, scope, export_id, secret)  # there is no link to it: the same answer
            raise ExportNotSo(export.state)
        package = await packages.of(export)
        asked = request.headers.get("range")
        if request.headers.get("if-range", package.etag) != package.etag:
            asked = None
        part = one_range(asked, package.zip.total)
        chosen = part or Slice(0, package.zip.total)
        await links.use(session, scope, export_id, secret, chosen, package.zip.total)
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": package.etag,
            "Cache-Control": "no-store",
            "Content-Length": str(chosen.count),
            "Content-Disposition": f'attachment; filename="export-{export.id}.zip"',
        }
        if part is not None:
            headers["Content-Range"] = f"bytes {part.first}-{part.first + part.count - 1}/{package.zip.total}"
        body = sender.parts(package, chosen.first, chosen.count, digest_of(secret))
        return StreamingResponse(body, 206 if part is not None else 200, headers, media_type=ZIP_TYPE)

    return router


def playback_routes(service: ExportService, viewings: Viewings, names: NamesPort, threads: Threads) -> GuardedRouter:
    router = GuardedRouter(prefix=PREFIX, tags=["exports"])
    catalog = service.catalog

    async def playable(export_id: str, session: Session) -> Export:
        """
        What was asked for to be viewed, while it is ready: by the one for whom it was asked and by the one who asked,
        whose purpose stands in the ledger. Whoever may play these recordings anyway states a purpose of their own.
        """
        me = session.person.id
        export = await service.find(export_id, session.scope(actions.VIEW), me)
        if me not in (export.asking.viewer, export.requested_by) or export.asking.mode is not Mode.VIEW:
            raise ExportUnknown
        if export.state is not State.READY:
            raise ExportNotSo(export.state)
        return export

    async def recording_at(export_id: str, place: int, session: Session) -> str:
        asking = (await playable(export_id, session)).asking
        recordings = asking.recordings
        if place > len(recordings):
            raise ExportUnknown
        purpose = Purpose(PurposeKind.OTHER, asking.purpose)
        await viewings.play_approved(session, recordings[place - 1], purpose)
        return recordings[place - 1]

    @router.get("/{export_id}/playback", responses=responses(401, 403, 404, 409, 503))
    async def list_playable(export_id: ExportId, session: Viewer) -> messages.ExportPlayback:
        """What may be played, until when."""
        export = await playable(export_id, session)
        entries = []
        for place, recording in enumerate(await service.originals(export), 1):
            entries.append(
                messages.PlayableEntry(
                    place=place,
                    recording_id=recording.card.id,
                    terminal_name=names.terminal_name(recording.card.source),
                    playlist_url=f"{PREFIX}/{export.id}/playback/{place}/playlist.m3u8",
                )
            )
        return messages.ExportPlayback(recordings=entries, until_utc_us=export.ends_utc_us)

    @router.get(
        "/{export_id}/playback/{place}/playlist.m3u8",
        response_class=Response,
        responses=responses(401, 403, 404, 409, 503) | {200: {"content": {PLAYLIST_TYPE: {}}}},
    )
    async def play_exported(export_id: ExportId, place: Place, session: Viewer) -> Response:
        """HLS straight from the originals; the viewing is on record."""
        recording_id = await recording_at(export_id, place, session)
        text = await catalog.playlist(recording_id, COUNTY, sound_only=False)
        return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": "no-store"})

    @router.get(
        "/{export_id}/playback/{place}/segments/{number}.mp4",
        response_class=Response,
        responses=responses(401, 403, 404, 409, 416, 503) | {200: {"content": {"video/mp4": BINARY}}},
    )
    async def send_exported_segment(
        request: Request,
        export_id: ExportId,
        place: Place,
        number: Annotated[int, Path(ge=1, le=999_999)],
        session: Viewer,
    ) -> Response:
        """One range of one file, as a player asks for it."""
        file = await catalog.segment_file(await recording_at(export_id, place, session), number, COUNTY)
        answer = file_answer(request, file.path, file.bytes, threads, media_type="video/mp4", etag=file.etag)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return router
