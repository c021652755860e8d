"""HTTP: viewings with their purpose, timelines, one list for each terminal of an enforcement, notes, troubles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path
from fastapi.responses import Response

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.coverage import actions
from dispatch_server.archive.coverage import messages as m
from dispatch_server.archive.coverage.notes import Notes
from dispatch_server.archive.coverage.thumbs import Thumbs
from dispatch_server.archive.coverage.timeline import Asker, Timelines, note_entry
from dispatch_server.archive.coverage.troubles import Troubles
from dispatch_server.archive.derivatives.actions import LIST as LIST_MADE
from dispatch_server.archive.ports import WorldPort
from dispatch_server.archive.routes import BINARY, PLAYLIST_TYPE, RecordingId, StillAbsent
from dispatch_server.archive.viewings import Purpose, PurposeKind, Viewing, Viewings
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol.problem import responses

Player = Annotated[Session, permit(actions.PLAY)]
Opener = Annotated[Session, permit(actions.OPEN)]
Reader = Annotated[Session, permit(actions.READ)]
NoteReader = Annotated[Session, permit(actions.NOTES)]
NoteWriter = Annotated[Session, permit(actions.NOTE)]
Withdrawer = Annotated[Session, permit(actions.WITHDRAW)]
TroubleReader = Annotated[Session, permit(actions.TROUBLES)]
Identity = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
Source = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Moment = Annotated[int, Path(ge=0, lt=1 << 53)]


@dataclass(frozen=True, slots=True)
class Behind:
    """What the routes ask."""

    catalog: Catalog
    viewings: Viewings
    timelines: Timelines
    notes: Notes
    thumbs: Thumbs
    troubles: Troubles
    world: WorldPort
    department_name: Callable[[str], str]


def coverage_routes(behind: Behind) -> tuple[GuardedRouter, ...]:
    return (_viewing_routes(behind), _timeline_routes(behind), _note_routes(behind), _thumbnail_routes(behind))


def _viewing_routes(behind: Behind) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1", tags=["recordings"])
    viewings = behind.viewings

    def shown(session: Session, viewing: Viewing) -> m.ViewingShown:
        person = session.person
        where = behind.department_name(person.department)
        return m.ViewingShown(
            viewing_id=viewing.id,
            until_utc_us=viewings.until_utc_us(viewing),
            server_utc_us=behind.world.utc_us(),
            watermark=[person.name, where, viewing.id[-12:]],
        )

    @router.post("/viewings", status_code=201, responses=responses(401, 403, 404, 422, 503))
    async def open_viewing(wish: m.ViewingRequest, session: Opener) -> m.ViewingShown:
        """Say for which purpose, before anything plays. One viewing holds several recordings, or an enforcement."""
        purpose = Purpose(PurposeKind(wish.kind), wish.purpose.strip())
        viewing = await viewings.open(session, purpose, wish.recording_ids, wish.enforcement_id or "")
        return shown(session, viewing)

    @router.get("/viewings/{viewing_id}", responses=responses(401, 403, 404))
    async def show_viewing(viewing_id: Identity, session: Player) -> m.ViewingShown:
        """One's own, with the words that the player draws over the picture."""
        return shown(session, viewings.find(session, viewing_id))

    @router.get("/archive/troubles", responses=responses(401, 403))
    async def list_troubles(session: TroubleReader) -> m.TroubleList:
        """What is wrong with recording now."""
        now = behind.world.utc_us()
        return m.TroubleList(
            troubles=[
                m.TroubleEntry(
                    trouble=str(one.trouble),
                    subject=one.subject,
                    department=one.department,
                    since_utc_us=one.since_utc_us,
                    detail=one.detail,
                )
                for one in behind.troubles.standing(session.scope(actions.TROUBLES), now)
            ],
            server_utc_us=now,
        )

    return router


def asker_of(session: Session) -> Asker:
    return Asker(session.person.id, session.scope(actions.READ), session.scope(LIST_MADE))


def _timeline_routes(behind: Behind) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1", tags=["recordings"])
    timelines = behind.timelines

    @router.get("/enforcements/{enforcement_id}/timeline", responses=responses(401, 403, 404, 503))
    async def show_enforcement_timeline(enforcement_id: Identity, session: Reader) -> m.Timeline:
        """Everything about an enforcement by the wall clock."""
        return await timelines.of_enforcement(enforcement_id, asker_of(session))

    @router.get("/enforcements/{enforcement_id}/coverage", responses=responses(401, 403, 404, 503))
    async def show_coverage(enforcement_id: Identity, session: Reader) -> m.EnforcementCoverage:
        """Which moments are kept: cheap, for a page that asks again and again."""
        return await timelines.coverage_of(enforcement_id, session.scope(actions.READ))

    @router.get("/recordings/{recording_id}/timeline", responses=responses(401, 403, 404, 503))
    async def show_recording_timeline(recording_id: RecordingId, session: Reader) -> m.Timeline:
        """The same of one recording alone, with what happened meanwhile in the enforcements that it shows."""
        return await timelines.of_recording(recording_id, asker_of(session))

    @router.get(
        "/enforcements/{enforcement_id}/sources/{source}/playlist.m3u8",
        response_class=Response,
        responses=responses(401, 403, 404, 503) | {200: {"content": {PLAYLIST_TYPE: {}}}},
    )
    async def play_enforcement(enforcement_id: Identity, source: Source, session: Player) -> Response:
        """One HLS list of a terminal: its master where there is one, the server's elsewhere; it grows while live."""
        text = await timelines.playlist(enforcement_id, source, session.scope(actions.PLAY))
        behind.viewings.allow(session, enforcement_id)
        return Response(text, media_type=PLAYLIST_TYPE, headers={"Cache-Control": "no-store"})

    return router


def _note_routes(behind: Behind) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/recordings", tags=["recordings"])
    notes = behind.notes

    @router.get("/{recording_id}/notes", responses=responses(401, 403, 404, 503))
    async def list_notes(recording_id: RecordingId, session: NoteReader) -> m.NoteList:
        """By time, with those that were withdrawn."""
        found = await notes.of(recording_id, session.scope(actions.NOTES))
        return m.NoteList(notes=[note_entry(one, session.person.id) for one in found])

    @router.post("/{recording_id}/notes", status_code=201, responses=responses(401, 403, 404, 422, 429, 503))
    async def add_note(recording_id: RecordingId, wish: m.NewNote, session: NoteWriter) -> m.NoteEntry:
        """Words at a moment."""
        note = await notes.add(session, recording_id, wish.utc_us, wish.text, wish.important)
        return note_entry(note, session.person.id)

    @router.post("/{recording_id}/notes/{note_id}/withdrawal", responses=responses(401, 403, 404, 409, 422, 503))
    async def withdraw_note(
        recording_id: RecordingId, note_id: Identity, wish: m.Withdrawal, session: Withdrawer
    ) -> m.NoteEntry:
        """One's own; it stays to be read."""
        note = await notes.withdraw(session, recording_id, note_id, wish.reason)
        return note_entry(note, session.person.id)

    return router


def _thumbnail_routes(behind: Behind) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/recordings", tags=["recordings"])

    @router.get("/{recording_id}/thumbnails", responses=responses(401, 403, 404, 503))
    async def list_thumbnails(recording_id: RecordingId, session: Player) -> m.ThumbnailList:
        """Pictures about every half minute; what has none yet is made when it is asked for."""
        recording = await behind.catalog.find(recording_id, session.scope(actions.PLAY))
        url = f"/api/v1/recordings/{recording_id}/thumbnails"
        moments = await behind.thumbs.list_of(recording)
        return m.ThumbnailList(thumbnails=[m.ThumbnailEntry(utc_us=at, url=f"{url}/{at}.jpg") for at in moments])

    @router.get(
        "/{recording_id}/thumbnails/{moment}.jpg",
        response_class=Response,
        responses=responses(401, 403, 404, 503) | {200: {"content": {"image/jpeg": BINARY}}},
    )
    async def show_thumbnail(recording_id: RecordingId, moment: Moment, session: Player) -> Response:
        """One of those that are listed. On record as a still."""
        scope = session.scope(actions.PLAY)
        recording = await behind.catalog.find(recording_id, scope)
        jpeg = await behind.thumbs.picture(recording, moment)
        if jpeg is None:
            raise StillAbsent
        await behind.viewings.note_still(session, recording_id, scope)
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})

    return router
