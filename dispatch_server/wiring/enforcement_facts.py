"""What enforcements and their coverage say, as case files and the search ask it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from dispatch_server.archive.coverage import tables
from dispatch_server.archive.coverage.model import ANY
from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.cases.facts import EnforcementFacts as InACase
from dispatch_server.enforcement.assembly import EnforcementRoom
from dispatch_server.enforcement.checklist import checklist
from dispatch_server.enforcement.facts import facts_of
from dispatch_server.enforcement.model import Class, Course, PartyKind, State
from dispatch_server.enforcement.refusals import EnforcementUnknown
from dispatch_server.enforcement.store import EnforcementStore, Reach
from dispatch_server.kit.scope import Scope
from dispatch_server.reports.facts import Change, CoverageFacts, EnforcementFacts
from dispatch_server.reports.model import OfficerName
from dispatch_server.runtime.database import Database
from dispatch_server.wiring.shown import Shown, portions

OVER = (State.FINISHED, State.FILED, State.CANCELLED)
LAST_ID = "~"  # after every id
RECORDING = 200  # notes of one recording that are searched: the text that is searched is bounded, too


@dataclass(frozen=True, slots=True)
class EnforcementsForCases:
    """The cases' EnforcementsPort."""

    room: EnforcementRoom
    coverage: CoverageService

    async def facts_of(self, enforcement_ids: Sequence[str], scope: Scope) -> Mapping[str, InACase]:
        found = {}
        for one in dict.fromkeys(enforcement_ids):
            try:
                course = await self.room.service.course(one, Reach(scope))
            except EnforcementUnknown:
                continue
            found[one] = await self._facts(course)
        return found

    async def _facts(self, course: Course) -> InACase:
        one = course.enforcement
        steps = await self.room.service.lists.of(one.list_digest)
        lines = checklist(steps, one.kind, course, await self.room.views.covered(course))
        whole = next((row for row in await self.coverage.coverage_of(one.id) if row.source == ANY), None)
        return InACase(
            id=one.id,
            department=one.department,
            is_finished=one.state in OVER,
            unrecorded=tuple(line.step.code for line in lines if line.missing),
            has_confirmation=any(taken.class_ is Class.CONFIRMATION for taken in course.steps),
            unexplained_us=whole.missing_us - whole.stated_us if whole is not None else 0,
        )


@dataclass(frozen=True, slots=True)
class EnforcementsForSearch:
    store: EnforcementStore
    shown: Shown

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, EnforcementFacts]:
        found = {}
        for one in enforcement_ids:
            if (course := await self.store.course(one, Reach())) is None:
                continue
            facts = facts_of(course)
            found[one] = EnforcementFacts(
                id=one,
                kind=facts.kind.value,
                item_code=facts.item_code,
                item_name=facts.item_name,
                officers=tuple(OfficerName(*named) for named in facts.officers),
                steps=tuple(code for code, _ in facts.steps),
                party=facts.party.name,
                party_is_person=facts.party.kind is PartyKind.PERSON,
                place=facts.place,
                latitude=facts.latitude,
                longitude=facts.longitude,
                marks=facts.marks,
            )
        return found

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        changed = await self.store.changed_since(utc_us - 1, limit, LAST_ID)
        return [Change(one.changed_utc_us, tuple(await self.shown.recordings_of([one.id]))) for one in changed]


@dataclass(frozen=True, slots=True)
class CoverageForSearch:
    """Links, coverage, notes and picture faults, out of the tables of coverage."""

    database: Database
    shown: Shown

    async def enforcements_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return await self.shown.enforcements_of(recording_ids)

    async def recordings_of(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        return await self.shown.recordings_of(enforcement_ids)

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, CoverageFacts]:
        table, found = tables.coverage.c, {}
        async with self.database.reading() as connection:
            for some in portions(enforcement_ids):
                asked = select(table.enforcement_id, table.per_mille, table.missing_us).where(
                    table.source == ANY, table.enforcement_id.in_(some)
                )
                for row in await connection.execute(asked):
                    found[row.enforcement_id] = CoverageFacts(row.per_mille, row.missing_us)
        return found

    async def notes_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """What was withdrawn is not found by its words any more."""
        table = tables.notes.c
        found: dict[str, tuple[str, ...]] = {}
        async with self.database.reading() as connection:
            for some in portions(recording_ids):
                asked = select(table.recording_id, table.text).where(
                    table.recording_id.in_(some), table.withdrawn_utc_us.is_(None)
                )
                for row in await connection.execute(asked.order_by(table.utc_us, table.id)):
                    known = found.get(row.recording_id, ())
                    found[row.recording_id] = (*known, row.text)[:RECORDING]
        return found

    async def faults_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        table = tables.picture_faults.c
        found: dict[str, tuple[str, ...]] = {}
        async with self.database.reading() as connection:
            for some in portions(recording_ids):
                asked = select(table.recording_id, table.marks).where(table.recording_id.in_(some)).distinct()
                for row in await connection.execute(asked):
                    marks = [one for one in row.marks.split(",") if one]
                    found[row.recording_id] = tuple(sorted({*found.get(row.recording_id, ()), *marks}))
        return found

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        """Coverage that was computed, notes that were made or withdrawn, pictures that became faulty or well."""
        coverage, notes, faults = tables.coverage.c, tables.notes.c, tables.picture_faults.c
        computed = select(coverage.computed_utc_us, coverage.enforcement_id).where(
            coverage.source == ANY, coverage.computed_utc_us >= utc_us
        )
        others = [
            select(moment, of).where(moment >= utc_us).order_by(moment).limit(limit)
            for moment, of in (
                (notes.made_utc_us, notes.recording_id),
                (notes.withdrawn_utc_us, notes.recording_id),
                (faults.utc_us, faults.recording_id),
            )
        ]
        async with self.database.reading() as connection:
            rows = (await connection.execute(computed.order_by(coverage.computed_utc_us).limit(limit))).all()
            found = [Change(at, (one,)) for asked in others for at, one in await connection.execute(asked)]
        for at, enforcement_id in rows:
            found.append(Change(at, tuple(await self.shown.recordings_of([enforcement_id]))))
        return sorted(found, key=lambda one: one.utc_us)[:limit]
