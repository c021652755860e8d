"""
Keeps the read model in step: events say which recordings to look at again, and a compare finds what was missed.

What waits is bounded and in memory alone. It may be lost at any moment, for each source of facts says what changed
since the moment up to which the rows are known to be right, and that moment is kept with the rows.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.kit.errors import Unavailable
from dispatch_server.reports.facts import CoverageFacts
from dispatch_server.reports.joining import joined
from dispatch_server.reports.model import Row
from dispatch_server.reports.ports import (
    CasesPort,
    ChangesPort,
    CoveragePort,
    EnforcementsPort,
    RecordingsPort,
    WorldPort,
)
from dispatch_server.reports.store import SearchStore
from dispatch_server.reports.terms import VERSION

WAITING = 10_000
BATCH = 200
PAUSE_S = 0.5  # what changes again and again is looked at once
COMPARE_S = 60.0
# An event may come before the row that it tells of: recordings are saved every few seconds, later on a busy disk.
LATE_S, LATE_TOOK_S = 2.0, 30.0
OVERLAP_US = 120_000_000  # transactions end later than the moment that their rows tell
TERMS = "terms"
NONE_YET = CoverageFacts()


@dataclass(frozen=True, slots=True)
class Facts:
    recordings: RecordingsPort
    enforcements: EnforcementsPort
    coverage: CoveragePort
    cases: CasesPort

    def sources(self) -> Mapping[str, ChangesPort]:
        return {
            "recordings": self.recordings,
            "enforcements": self.enforcements,
            "coverage": self.coverage,
            "cases": self.cases,
        }

    async def rows_of(self, recording_ids: Sequence[str], faults: Mapping[str, tuple[str, ...]]) -> list[Row]:
        """Of those that there are."""
        recordings = await self.recordings.facts_of(recording_ids)
        known = await self.coverage.enforcements_of(recording_ids)
        shown = {one.id: sorted({one.enforcement_id, *known.get(one.id, ())} - {""}) for one in recordings.values()}
        enforcements = await self.enforcements.facts_of(sorted({one for those in shown.values() for one in those}))
        coverage = await self.coverage.facts_of(sorted(enforcements))
        cases = await self.cases.cases_of(recording_ids)
        notes = await self.coverage.notes_of(recording_ids)
        seen = await self.coverage.faults_of(recording_ids)
        return [
            joined(
                one,
                [(enforcements[x], coverage.get(x, NONE_YET)) for x in shown[one.id] if x in enforcements],
                cases.get(one.id, ()),
                (*faults.get(one.id, ()), *seen.get(one.id, ())),
                notes.get(one.id, ()),
            )
            for one in recordings.values()
        ]


@dataclass(slots=True)
class Feeder:
    world: WorldPort
    store: SearchStore
    facts: Facts
    waiting: dict[str, None] = field(default_factory=dict)
    overflowed: int = 0
    late: dict[str, float] = field(default_factory=dict)  # told of and not there yet: since when
    _is_behind: bool = True
    _compared: float = 0.0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, recording_ids: Iterable[str]) -> None:
        """Look at these again. What there is no room for is found by the next compare, which comes at once."""
        for one in recording_ids:
            if one not in self.waiting and len(self.waiting) >= WAITING:
                self.overflowed += 1
                self.fall_behind()
                return
            self.waiting[one] = None
        self._wake.set()

    def fall_behind(self) -> None:
        """Something was missed, and nobody knows what."""
        self._is_behind = True
        self._wake.set()

    async def note_enforcement(self, enforcement_id: str) -> None:
        """All recordings that show it, now or when the rows were made."""
        self.note(await self.store.of_enforcement(enforcement_id))
        self.note(await self.facts.coverage.recordings_of([enforcement_id]))

    async def keep_fault(self, recording_ids: Sequence[str], faults: Sequence[str]) -> None:
        """What was once wrong with the picture stays to be found."""
        await self.store.keep_faults({one: tuple(faults) for one in recording_ids})
        self.note(recording_ids)

    async def run(self) -> None:
        """For ever."""
        await self.begin()
        while True:
            try:
                # By the clock, not by silence: on a busy day there is none.
                if self._is_behind or self.world.monotonic() - self._compared >= COMPARE_S:
                    await self.compare()
                async with asyncio.timeout(LATE_S if self.late else COMPARE_S):
                    await self._wake.wait()
                await asyncio.sleep(PAUSE_S)
                await self.drain()
            except TimeoutError:
                self._is_behind = self._is_behind or not self.late
                self.look_for_late()
            except Unavailable:  # the database or a room is away: all of it is still there afterwards
                await asyncio.sleep(PAUSE_S)

    async def begin(self) -> None:
        """Rows that another version of the terms had filed are filed anew."""
        if await self.store.read_standing(TERMS) != VERSION:
            await self.rebuild()

    def look_for_late(self) -> None:
        """Those that were not there yet once more; what never comes is left to the compare."""
        now = self.world.monotonic()
        self.late = {one: since for one, since in self.late.items() if now - since < LATE_TOOK_S}
        if self.late:
            self.note(list(self.late))

    async def drain(self) -> int:
        """How many were looked at."""
        done = 0
        self._wake.clear()
        while self.waiting:
            batch = list(self.waiting)[:BATCH]
            await self._look_at(batch)
            done += len(batch)
            for one in batch:
                self.waiting.pop(one, None)
        return done

    async def compare(self) -> int:
        """What changed since the rows were known to be right, whoever told of it; how many were looked at."""
        self._compared = self.world.monotonic()
        self._is_behind = False  # what falls behind meanwhile is for the next one
        found, is_done = 0, False
        try:
            for name, source in self.facts.sources().items():
                found += await self._compare_with(name, source)
            is_done = True
        finally:
            self._is_behind = self._is_behind or not is_done
        return found

    async def rebuild(self) -> int:
        """All rows anew, from the facts of now; how many there are."""
        begun = self.world.utc_us()
        await self.store.clear()
        found, last = 0, ""
        while batch := await self.facts.recordings.ids_after(last, BATCH):
            await self._look_at(batch)
            found, last = found + len(batch), batch[-1]
        for name in self.facts.sources():
            await self.store.keep_standing(name, begun - OVERLAP_US)
        await self.store.keep_standing(TERMS, VERSION)
        return found

    async def _compare_with(self, name: str, source: ChangesPort) -> int:
        begun, found, limit = self.world.utc_us(), 0, BATCH
        since = await self.store.read_standing(name)
        while True:
            changes = await source.changed_since(since, limit)
            ids = list(dict.fromkeys(one for change in changes for one in change.recording_ids))
            for first in range(0, len(ids), BATCH):
                await self._look_at(ids[first : first + BATCH])
            found += len(ids)
            if len(changes) < limit:
                break
            # Of one moment there may be more than were asked for: then more is asked for.
            limit = BATCH if changes[-1].utc_us > since else 2 * limit
            since = changes[-1].utc_us
        await self.store.keep_standing(name, begun - OVERLAP_US)
        return found

    async def _look_at(self, recording_ids: Sequence[str]) -> None:
        """What is no longer there is no longer found."""
        rows = await self.facts.rows_of(recording_ids, await self.store.faults_of(recording_ids))
        await self.store.put(rows)
        there = {row.recording_id for row in rows}
        gone = set(recording_ids) - there
        for one in there:
            self.late.pop(one, None)
        if gone:
            for one in sorted(gone)[: WAITING - len(self.late)]:
                self.late.setdefault(one, self.world.monotonic())
            await self.store.remove(sorted(gone))
