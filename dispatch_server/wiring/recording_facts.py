"""What the archive's rows say of recordings, as case files and the search ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from dispatch_server.archive.model import State
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.store import recordings
from dispatch_server.cases.facts import RecordingFacts as InACase
from dispatch_server.enforcement.model import Class, StepTaken
from dispatch_server.enforcement.store import EnforcementStore, Reach
from dispatch_server.kit.scope import Scope
from dispatch_server.reports.facts import Change, RecordingFacts
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.wiring.shown import Shown

_OPEN = recordings.c.state == State.OPEN.value


@dataclass(frozen=True, slots=True)
class ForCases:
    """Which enforcements a recording shows, the ledger of coverage knows, and a terminal's master says it itself."""

    database: Database

    async def facts_of(self, recording_ids: Sequence[str], scope: Scope) -> Mapping[str, InACase]:
        asked = select(recordings).where(recordings.c.id.in_(recording_ids), in_scope(recordings.c.department, scope))
        async with self.database.reading() as connection:
            rows = (await connection.execute(asked)).all()
        confirming = await self._confirming(rows)
        return {
            one.id: InACase(
                one.id, one.department, one.state, one.opened_utc_us, _end(one), one.id in confirming, one.source
            )
            for one in rows
        }

    async def of_enforcements(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        return await Shown(self.database).recordings_of(enforcement_ids)

    async def enforcements_of(self, recording_id: str) -> Sequence[str]:
        return (await Shown(self.database).enforcements_of([recording_id])).get(recording_id, ())

    async def _confirming(self, rows: Sequence[Row[Any]]) -> set[str]:
        """Those in whose time a step of class confirmation lies."""
        shown = await Shown(self.database).enforcements_of([one.id for one in rows])
        store, found = EnforcementStore(self.database), set()
        for enforcement_id in sorted({one for those in shown.values() for one in those}):
            course = await store.course(enforcement_id, Reach())
            steps = course.steps if course is not None else ()
            those = [one for one in rows if enforcement_id in shown.get(one.id, ())]
            found |= {one.id for one in those if any(_confirms(step, one) for step in steps)}
        return found


@dataclass(frozen=True, slots=True)
class ForSearch:
    database: Database

    async def facts_of(self, recording_ids: Sequence[str]) -> Mapping[str, RecordingFacts]:
        asked = select(recordings).where(recordings.c.id.in_(recording_ids))
        held = await HoldStore(self.database).holding(recording_ids)
        async with self.database.reading() as connection:
            return {row.id: _facts(row, row.id in held) for row in await connection.execute(asked)}

    async def ids_after(self, recording_id: str, limit: int) -> Sequence[str]:
        asked = select(recordings.c.id).where(recordings.c.id > recording_id).order_by(recordings.c.id).limit(limit)
        async with self.database.reading() as connection:
            return list((await connection.execute(asked)).scalars())

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        """Whatever closed, sealed, held or destroyed them; what is open changes all the time: it is told once, last."""
        changed = recordings.c.changed_utc_us
        asked = select(recordings.c.id, changed).where(changed >= utc_us, ~_OPEN).order_by(changed, recordings.c.id)
        async with self.database.reading() as connection:
            found = [Change(row.changed_utc_us, (row.id,)) for row in await connection.execute(asked.limit(limit))]
            if len(found) < limit:
                opened = list((await connection.execute(select(recordings.c.id).where(_OPEN))).scalars())
                last = found[-1].utc_us if found else utc_us
                found += [Change(last, tuple(opened))] if opened else []
        return found


def _confirms(step: StepTaken, row: Row[Any]) -> bool:
    end = step.ended_utc_us if step.ended_utc_us is not None else step.begun_utc_us
    return step.class_ is Class.CONFIRMATION and step.begun_utc_us < _end(row) and end >= row.opened_utc_us


def _facts(row: Row[Any], held: bool) -> RecordingFacts:
    return RecordingFacts(
        id=row.id,
        department=row.department,
        source=row.source,
        origin=row.origin,
        layer=row.layer,
        state=row.state,
        begun_utc_us=row.opened_utc_us,
        ended_utc_us=_end(row),
        thumbnail=row.thumbnail,
        held=held or row.state == State.HELD.value,
        enforcement_id=row.enforcement_id,
        bytes=row.bytes,
    )


def _end(row: Row[Any]) -> int:
    return int(max(row.ended_utc_us, row.opened_utc_us))
