"""Notes upon recordings: words at a moment, by whoever may view it; never edited, only withdrawn with a reason."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, func, select

from dispatch_server.archive.catalog import Catalog, RecordingUnknown
from dispatch_server.archive.coverage.actions import NOTE, WITHDRAW
from dispatch_server.archive.coverage.model import Note, NoteAdded, NoteWithdrawn
from dispatch_server.archive.coverage.ports import BusPort
from dispatch_server.archive.coverage.tables import notes
from dispatch_server.archive.model import State
from dispatch_server.archive.ports import WorldPort
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.errors import Absent, Conflict, Invalid, TooMany
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.upserts import upsert

OF_ONE_RECORDING = 1_000
SLACK_US = 5_000_000  # a player's clock may stand a little beside the recording's ends


class NoteUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("note_unknown", "There is no such note of yours.")


class NoteOutside(Invalid):
    def __init__(self) -> None:
        super().__init__("note_outside", "That moment is not within the recording.")


class NoteWithdrawnAlready(Conflict):
    def __init__(self) -> None:
        super().__init__("note_withdrawn", "The note was withdrawn before.")


class TooManyNotes(TooMany):
    def __init__(self) -> None:
        super().__init__("too_many_notes", "This recording has as many notes as it can have.")


@dataclass(frozen=True, slots=True)
class Notes:
    catalog: Catalog
    database: Database
    recorder: Recorder
    bus: BusPort
    world: WorldPort

    async def add(self, session: Session, recording_id: str, utc_us: int, text: str, important: bool) -> Note:
        """Raises RecordingUnknown, NoteOutside, TooManyNotes, LedgerAway."""
        recording = await self.catalog.find(recording_id, session.scope(NOTE))
        card, now = recording.card, self.world.utc_us()
        end = now if recording.state is State.OPEN else recording.ended_utc_us
        if not card.opened_utc_us - SLACK_US <= utc_us <= end + SLACK_US:
            raise NoteOutside
        note = Note(
            self._id(), recording_id, card.department, utc_us, text, important, session.person.id,
            session.person.name, now,
        )  # fmt: skip
        async with self.database.transaction() as connection:
            count = select(func.count()).where(notes.c.recording_id == recording_id)
            if (await connection.execute(count)).scalar_one() >= OF_ONE_RECORDING:
                raise TooManyNotes
            await upsert(connection, notes, [_row(note)])
            await self._enter(session, NOTE, note, connection)
        told = NoteAdded(
            identity=self._id(), utc_us=now, note_id=note.id, recording_id=recording_id, department=card.department
        )
        self.bus.publish(told)
        return note

    async def withdraw(self, session: Session, recording_id: str, note_id: str, reason: str) -> Note:
        """One's own. Raises NoteUnknown, NoteWithdrawnAlready, LedgerAway."""
        try:
            await self.catalog.find(recording_id, session.scope(WITHDRAW))
        except RecordingUnknown:
            raise NoteUnknown from None  # a note of another person and one of a hidden recording look the same
        now = self.world.utc_us()
        same = (notes.c.id == note_id) & (notes.c.recording_id == recording_id)
        async with self.database.transaction() as connection:
            row = (await connection.execute(select(notes).where(same).with_for_update())).one_or_none()
            if row is None or row.by_id != session.person.id:
                raise NoteUnknown
            note = _note(row)
            if note.withdrawn_utc_us is not None:
                raise NoteWithdrawnAlready
            note = replace(note, withdrawn_utc_us=now, withdrawn_by=session.person.id, withdrawn_reason=reason)
            await upsert(connection, notes, [_row(note)])
            await self._enter(session, WITHDRAW, note, connection)
        told = NoteWithdrawn(
            identity=self._id(), utc_us=now, note_id=note.id, recording_id=recording_id, department=note.department
        )
        self.bus.publish(told)
        return note

    async def of(self, recording_id: str, scope: Scope) -> list[Note]:
        """By time, with those that were withdrawn. Raises RecordingUnknown."""
        await self.catalog.find(recording_id, scope)
        return await self.of_all([recording_id])

    async def of_all(self, recording_ids: list[str]) -> list[Note]:
        """The caller has looked whether they may be seen."""
        asked = select(notes).where(notes.c.recording_id.in_(recording_ids[:500])).order_by(notes.c.utc_us, notes.c.id)
        async with self.database.reading() as connection:
            return [_note(row) for row in await connection.execute(asked.limit(5 * OF_ONE_RECORDING))]

    async def _enter(self, session: Session, action: str, note: Note, connection: Any) -> None:
        subject = f"recording:{note.recording_id}"
        await self.recorder.enter(
            session, action, subject, department=note.department, connection=connection, note=note.id
        )

    def _id(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))


def _row(note: Note) -> dict[str, Any]:
    return {column.name: getattr(note, column.name) for column in notes.columns}


def _note(row: Row[Any]) -> Note:
    return Note(**row._mapping)
