"""HTTP: recordings are listed and played, stills are shown; nothing here says where anything lies."""

from typing import Annotated

from fastapi import Path, Query, Request
from fastapi.responses import Response

from dispatch_server.archive import store
from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.messages import RecordingDetail, RecordingList
from dispatch_server.archive.pictures import Pictures
from dispatch_server.archive.viewings import ACTION as PLAY
from dispatch_server.archive.viewings import Viewings
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Absent
from dispatch_server.protocol.problem import responses
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.web.ranges import file_answer

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
BINARY = {"schema": {"type": "string", "format": "binary"}}
RecordingId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
StreamId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
LIST = "recording.list"
Lister = Annotated[Session, permit(LIST)]
Player = Annotated[Session, permit(PLAY)]
Watcher = Annotated[Session, permit("stream.watch")]
UtcMicroseconds = Annotated[int, Query(ge=0, lt=1 << 63)]


class StillAbsent(Absent):
    def __init__(self) -> None:
        super().__init__("still_absent", "There is no still of it.")


class StillAwaited(StillAbsent):
    """The same to whoever asks; a page asks again and again until there is one."""

    is_told = False


def recording_routes(catalog: Catalog, viewings: Viewings, threads: Threads) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/recordings", tags=["recordings"])

    @router.get("", responses=responses(400, 401, 403, 503))
    async def list_recordings(
        session: Lister,
        source: Annotated[str | None, Query(max_length=64)] = None,
        department: Annotated[str | None, Query(max_length=200)] = None,
        from_utc_us: UtcMicroseconds | None = None,
        to_utc_us: UtcMicroseconds | None = None,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> RecordingList:
        """Newest first. A recording is listed when any of it lies between the two times."""
        query = store.Query(limit, session.scope(LIST), source, department, from_utc_us, to_utc_us)
        return await catalog.search(query, cursor)

    @router.get("/{recording_id}", responses=responses(401, 403, 404, 503))
    async def show_recording(recording_id: RecordingId, session: Lister) -> RecordingDetail:
        """One recording with its segments."""
        return await catalog.detail(recording_id, session.scope(LIST))

    @router.get(
        "/{recording_id}/playlist.m3u8",
        response_class=Response,
        responses=responses(401, 403, 404, 410, 503) | {200: {"content": {PLAYLIST_TYPE: {}}}},
    )
    async def play_recording(recording_id: RecordingId, session: Player, sound_only: bool = False) -> Response:
        """HLS straight from the originals; of an open recording the newest part, growing. A viewing must be open."""
        scope = session.scope(PLAY)
        await viewings.play(session, recording_id, scope)
        text = await catalog.playlist(recording_id, scope, sound_only)
        return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": "no-store"})

    @router.get(
        "/{recording_id}/segments/{number}.mp4",
        response_class=Response,
        responses=responses(401, 403, 404, 410, 416, 503)
        | {200: {"content": {"video/mp4": BINARY}}, 206: {"content": {"video/mp4": BINARY}}},
    )
    async def send_segment(
        request: Request, recording_id: RecordingId, number: Annotated[int, Path(ge=1, le=999_999)], session: Player
    ) -> Response:
        """One file of it, or one range of that; of a file that is still written, what is durable."""
        scope = session.scope(PLAY)
        await viewings.play(session, recording_id, scope)
        file = await catalog.segment_file(recording_id, number, scope)
        answer = file_answer(request, file.path, file.bytes, threads, media_type="video/mp4", etag=file.etag)
        if file.growing:
            answer.headers["Cache-Control"] = "no-store"
        return answer

    @router.get(
        "/{recording_id}/thumbnail.jpg",
        response_class=Response,
        responses=responses(401, 403, 404, 503) | {200: {"content": {"image/jpeg": BINARY}}},
    )
    async def show_recording_still(recording_id: RecordingId, session: Player) -> Response:
        """The first picture of it that shows something."""
        scope = session.scope(PLAY)
        for path in await catalog.thumbnail(recording_id, scope):
            if await threads.run(Kind.DISK, path.is_file):
                await viewings.note_still(session, recording_id, scope)
                data = await threads.run(Kind.DISK, path.read_bytes)
                return Response(data, media_type="image/jpeg")
        raise StillAbsent

    return router


def picture_routes(pictures: Pictures, viewings: Viewings) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/streams", tags=["live"])

    @router.get(
        "/{stream_id}/thumbnail.jpg",
        response_class=Response,
        responses=responses(401, 403, 404) | {200: {"content": {"image/jpeg": BINARY}}},
    )
    async def show_still(stream_id: StreamId, session: Watcher) -> Response:
        """The newest still of a stream; `X-Picture-Utc-Us` and `X-Picture-Age-Ms` say of when it is."""
        still = pictures.newest(stream_id)
        if pictures.awaits(stream_id, session.scope("stream.watch")):
            raise StillAwaited
        if still is None or not session.scope("stream.watch").covers(still.department):
            raise StillAbsent
        await viewings.note_still_on_air(session, stream_id, still.department, still.source)
        age_ms = max(0, pictures.archive.world.utc_us() - still.utc_us) // 1000
        headers = {
            "Cache-Control": "no-store",
            "X-Picture-Utc-Us": str(still.utc_us),
            "X-Picture-Age-Ms": str(age_ms),
            "X-Picture-Marks": ",".join(still.marks),
        }
        return Response(still.jpeg, media_type="image/jpeg", headers=headers)

    return router
