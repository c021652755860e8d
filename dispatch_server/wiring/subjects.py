"""What exports ask of enforcements and cases: which recordings belong to one, and what is told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch_server.archive.coverage.assembly import CoverageRoom
from dispatch_server.archive.exports.model import Of
from dispatch_server.archive.exports.ports import Story
from dispatch_server.cases.model import Thing
from dispatch_server.cases.service import CaseService
from dispatch_server.enforcement.assembly import EnforcementRoom
from dispatch_server.enforcement.model import Course, Member
from dispatch_server.enforcement.refusals import EnforcementUnknown
from dispatch_server.enforcement.store import Reach
from dispatch_server.kit.scope import COUNTY, Scope

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Exports' SubjectPort. No word of whom an enforcement was about: a package goes out of the house."""

    coverage: CoverageRoom
    enforcement: EnforcementRoom
    cases: CaseService

    async def recordings_of(self, of: Of, subject: str, scope: Scope) -> Sequence[str]:
        if of is Of.CASE:
            return await self.cases.recordings_of(subject, scope)
        return [one.recording_id for one in await self.coverage.service.recordings_of(subject, scope)]

    async def story_of(self, of: Of, subject: str) -> Story:
        if of is Of.ENFORCEMENT:
            course = await self.enforcement.service.course(subject, Reach())
            return await self._story(course.enforcement.item_name, [course])
        file = await self.cases.find(subject, COUNTY)
        courses = []
        for one in file.linked(Thing.ENFORCEMENT):
            try:
                courses.append(await self.enforcement.service.course(one, Reach()))
            except EnforcementUnknown:
                continue
        recordings = await self.cases.recordings_of(subject, COUNTY)
        return await self._story(f"{file.case.number} {file.case.cause}", courses, recordings)

    async def _story(self, title: str, courses: Sequence[Course], recordings: Sequence[str] = ()) -> Story:
        runs: list[Told] = []
        known = list(recordings)
        for course in courses:
            identity = course.enforcement.id
            known += [one.recording_id for one in await self.coverage.service.recordings_of(identity, COUNTY)]
            runs += [
                {
                    "from_utc_us": run.from_utc_us,
                    "to_utc_us": run.to_utc_us,
                    "kind": run.kind.value,
                    "reason": run.reason,
                    "source": one.source,
                }
                for one in await self.coverage.service.coverage_of(identity)
                for run in one.runs
            ]
        written = [
            {"utc_us": note.utc_us, "text": note.text, "by": note.by_name}
            for note in await self.coverage.notes.of_all(list(dict.fromkeys(known)))
            if note.withdrawn_utc_us is None
        ]
        return Story(
            title=title,
            officers=_officers(member for course in courses for member in course.enforcement.members),
            coverage=tuple(runs),
            steps=tuple(await self._steps(courses)),
            notes=tuple(written + [_mark for course in courses for _mark in _marks(course)]),
        )

    async def _steps(self, courses: Sequence[Course]) -> list[Told]:
        """Steps by the name that they had in their list, and pauses with what was said of them."""
        found: list[Told] = []
        for course in courses:
            steps = await self.enforcement.service.lists.of(course.enforcement.list_digest)
            for taken in course.steps:
                line = steps.find(taken.step, course.enforcement.kind)
                found.append({"utc_us": taken.begun_utc_us, "text": line.name if line is not None else taken.step})
            found += [{"utc_us": one.from_utc_us, "text": f"暂停：{one.reason}"} for one in course.pauses]
        return sorted(found, key=lambda one: int(one["utc_us"]))


def _marks(course: Course) -> list[Told]:
    return [{"utc_us": one.utc_us, "text": one.text, "by": one.by} for one in course.marks]


def _officers(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{one.name}（{one.certificate}）" for one in members))
