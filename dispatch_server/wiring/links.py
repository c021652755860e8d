"""What retention asks of other rooms: what an enforcement was, its steps, its cases, and exports under way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from dispatch_server.archive.exports.store import ExportStore
from dispatch_server.archive.retention.policy import CaseLife
from dispatch_server.cases.model import KeptFor
from dispatch_server.cases.service import COUNTY_TIME, CaseService
from dispatch_server.enforcement import tables
from dispatch_server.enforcement.model import Kind
from dispatch_server.enforcement.step_lists import StepLists
from dispatch_server.kit.scope import COUNTY
from dispatch_server.runtime.database import Database
from dispatch_server.wiring.shown import Shown, portions


@dataclass(frozen=True, slots=True)
class Links:
    """
    Retention's LinksPort. Every step of an enforcement counts for each of its recordings: what belongs together is
    not destroyed piece by piece.
    """

    database: Database
    shown: Shown
    lists: StepLists
    cases: CaseService
    exports: ExportStore

    async def kinds_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        shown = await self.shown.enforcements_of(recording_ids)
        table, kinds = tables.enforcements.c, dict[str, str]()
        async with self.database.reading() as connection:
            for some in portions(one for those in shown.values() for one in those):
                asked = select(table.id, table.kind).where(table.id.in_(some))
                kinds |= {row.id: row.kind for row in await connection.execute(asked)}
        return {one: {kinds[by] for by in those if by in kinds} for one, those in shown.items()}

    async def steps_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        return {one: {step for step, _ in taken} for one, taken in (await self._taken(recording_ids)).items()}

    async def classes_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        """Each step's class, and the class of keeping that the list of recording steps gives it."""
        taken = await self._taken(recording_ids)
        return {one: {name for _, names in those for name in names} for one, those in taken.items()}

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, Sequence[CaseLife]]:
        found = {}
        for one in recording_ids:
            lives = [
                CaseLife(case.id, _end_of(case.kept_until()), case.retention.kept_for is KeptFor.PERMANENT)
                for case in await self.cases.cases_of(one)
            ]
            if lives:
                found[one] = lives
        return found

    async def recordings_of_case(self, case_id: str) -> Sequence[str]:
        return await self.cases.recordings_of(case_id, COUNTY)

    async def exported_now(self, recording_ids: Sequence[str]) -> Collection[str]:
        return set(recording_ids) & await self.exports.under_way()

    async def _taken(self, recording_ids: Sequence[str]) -> dict[str, set[tuple[str, tuple[str, str]]]]:
        """By recording: steps with their class and class of keeping."""
        shown = await self.shown.enforcements_of(recording_ids)
        one, step = tables.enforcements.c, tables.steps.c
        taken: dict[str, set[tuple[str, tuple[str, str]]]] = {}
        async with self.database.reading() as connection:
            for some in portions(by for those in shown.values() for by in those):
                asked = select(one.id, one.kind, one.list_digest, step.step, step.class_).where(
                    one.id == step.enforcement_id, one.id.in_(some)
                )
                for row in (await connection.execute(asked)).all():
                    line = (await self.lists.of(row.list_digest, connection)).find(row.step, Kind(row.kind))
                    kept = line.retention if line is not None else ""
                    taken.setdefault(row.id, set()).add((row.step, (row.class_, kept)))
        return {recording: {x for by in those for x in taken.get(by, ())} for recording, those in shown.items()}


def _end_of(day: date | None) -> int | None:
    """The last moment of that day in the county."""
    if day is None or day == date.max:
        return None
    midnight = datetime.combine(day, time(), UTC) + timedelta(days=1) - COUNTY_TIME
    return int(midnight.timestamp()) * 1_000_000
