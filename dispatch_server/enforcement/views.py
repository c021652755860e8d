"""Finds enforcements for those who may see them: lists, one with its checklist, and what a terminal carries on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch_server.enforcement import actions, shown
from dispatch_server.enforcement.checklist import checklist
from dispatch_server.enforcement.model import Course, Enforcement, State
from dispatch_server.enforcement.on_record import judged, stretch_of
from dispatch_server.enforcement.ports import CoveragePort, NamesPort, TerminalFacts, TerminalsPort
from dispatch_server.enforcement.refusals import DepartmentRefused
from dispatch_server.enforcement.service import EnforcementService
from dispatch_server.enforcement.store import Query, Reach
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Session
from dispatch_server.kit.cursors import read_cursor, write_cursor
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import enforcement_views as words

MICROSECONDS = 1_000_000
WAITING = 20


@dataclass(slots=True)
class Views:
    service: EnforcementService
    terminals: TerminalsPort
    coverage: CoveragePort
    names: NamesPort

    async def search(self, query: Query, cursor: str | None) -> words.EnforcementList:
        asked = replace(query, limit=query.limit + 1, after=read_cursor(cursor) if cursor else None)
        found = await self.service.search(asked)
        page = found[: query.limit]
        return words.EnforcementList(
            enforcements=[shown.entry(one, self.names.department_names) for one in page],
            next_cursor=write_cursor(page[-1].opened_utc_us, page[-1].id) if len(found) > query.limit else None,
            server_utc_us=self.service.world.utc_us(),
        )

    async def note_search_by_party(self, session: Session) -> None:
        """Who searches by a name is on record, without the name. Raises LedgerAway."""
        await self.service.recorder.enter(session, actions.PARTY, department=session.person.department)

    async def detail(self, enforcement_id: str, reach: Reach) -> words.EnforcementDetail:
        return await self._detail(await self.service.course(enforcement_id, reach), full=False)

    async def party(self, enforcement_id: str, scope: Scope) -> words.PartyShown:
        return shown.party_shown((await self.service.find(enforcement_id, scope)).party, full=True)

    def under_way(self, scope: Scope) -> words.EnforcementsUnderWay:
        """Longest first. What went silent is not ended by itself: nobody knows that the team is not there any more."""
        now, seen = self.service.world.utc_us(), self.terminals.seen()
        those = [one for one in self.service.standing.all() if scope.covers(one.department)]
        return words.EnforcementsUnderWay(
            enforcements=[
                self._age(one, now, max((seen.get(t, 0) for t in one.terminals), default=0)) for one in those
            ],
            server_utc_us=now,
        )

    async def current(self, caller: TerminalCaller) -> words.CurrentEnforcement:
        """Under way by the database, not by memory: it may have begun through another node a moment ago."""
        own, now = Reach(terminal=caller.number), self.service.world.utc_us()  # what is taken meanwhile may be left out
        query = Query(WAITING, own, (State.OPENED, State.UNDER_WAY))
        found = await self.service.search(query)
        begun = [one for one in found if one.state is State.UNDER_WAY]
        begun = begun or await self.service.search(replace(query, limit=1, states=(State.UNDER_WAY,)))
        return words.CurrentEnforcement(
            enforcement=await self._detail(await self.service.course(begun[0].id, own), full=True) if begun else None,
            waiting=[
                shown.entry(one, self.names.department_names, full=True) for one in found if one.state is State.OPENED
            ],
            server_utc_us=now,
        )

    def choices(self, caller: TerminalCaller) -> words.EnforcementChoices:
        others = self.terminals.of_department(caller.department)
        return self._choices(caller.department, [one for one in others if one.number != caller.number])

    def choices_here(self, department: str, scope: Scope) -> words.EnforcementChoices:
        """For somebody at the console. Raises DepartmentRefused also of one that is out of scope."""
        if not department or not scope.covers(department) or not self.service.opening.is_open(department):
            raise DepartmentRefused
        terminals = self.terminals.of_department(department)
        return self._choices(department, [one for one in terminals if scope.covers(one.department)])

    def _choices(self, department: str, terminals: Sequence[TerminalFacts]) -> words.EnforcementChoices:
        opening, now = self.service.opening, self.service.world.utc_us()
        return words.EnforcementChoices(
            items=shown.items_shown(opening.items(department, now)),
            officers=shown.members_shown(opening.officers(department, now)),
            terminals=sorted(one.number for one in terminals if one.may_take_part),
            steps=self.steps(),
            thresholds=shown.thresholds_shown(self.service.limits.thresholds),
            server_utc_us=now,
        )

    def steps(self) -> words.RecordingStepList:
        return shown.list_shown(self.service.lists.current)

    async def _detail(self, course: Course, *, full: bool) -> words.EnforcementDetail:
        one = course.enforcement
        steps = await self.service.lists.of(one.list_digest)
        covered = await self.covered(course)
        lines = checklist(steps, one.kind, course, covered)
        return shown.detail(course, lines, covered, self.names.department_names, full=full)

    async def covered(self, course: Course) -> dict[int, bool]:
        """
        By the number of a step that has ended: whether one of the terminals has a recording of it. Each terminal's
        recordings are read once, however many steps there are.
        """
        if (stretch := stretch_of(course.steps)) is None:
            return {}
        missing = [await self.coverage.lacking(one, *stretch) for one in course.enforcement.terminals]
        return judged(course.steps, missing)

    def _age(self, one: Enforcement, now: int, seen_utc_us: int) -> words.EnforcementUnderWay:
        silent_us = now - max(seen_utc_us, one.begun_utc_us or 0)
        return words.EnforcementUnderWay(
            enforcement=shown.entry(one, self.names.department_names),
            age_s=max(0, now - (one.begun_utc_us or now)) / MICROSECONDS,
            silent_s=max(0, now - seen_utc_us) / MICROSECONDS if seen_utc_us else None,
            is_silent=silent_us > self.service.limits.silent_us,
        )
