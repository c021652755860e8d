"""What each message of protocol/enforcement.py makes of an enforcement: the same for consoles and for terminals."""

from dataclasses import dataclass

from dispatch_server.enforcement import course as courses
from dispatch_server.enforcement.before import checked
from dispatch_server.enforcement.judging import faults_of_members
from dispatch_server.enforcement.model import Check, Course, Happening, Kind, Moment, Party, PartyKind
from dispatch_server.enforcement.opening import Wish
from dispatch_server.enforcement.service import Also, Asked, EnforcementService, Make, Taken
from dispatch_server.enforcement.steps import StepList
from dispatch_server.enforcement.store import Reach
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import enforcement as words


@dataclass(frozen=True, slots=True)
class Commands:
    """`caller` asks under `action`; `reach` says which enforcements there are for them."""

    service: EnforcementService

    async def open(
        self, caller: Caller, action: str, body: words.EnforcementOpen, department: str, scope: Scope, own: str = ""
    ) -> words.CommandAnswer:
        """`own`: the terminal that opens it."""
        terminals = ([own] if own else []) + body.terminals
        wish = _wish(body, department, tuple(terminals), own)
        return _answer(await self.service.open(_asked(caller, action, body), wish, body.id or "", scope))

    async def take(
        self, caller: Caller, action: str, reach: Reach, enforcement_id: str, body: words.Command
    ) -> words.CommandAnswer:
        happening, make = self._make(body)
        asked = _asked(caller, action, body)
        also = self._filing(caller, reach, enforcement_id, body)
        return _answer(await self.service.change(asked, enforcement_id, reach, happening, make, also))

    def _filing(self, caller: Caller, reach: Reach, enforcement_id: str, body: words.Command) -> Also | None:
        if not isinstance(body, words.EnforcementFile):
            return None
        cases, case_id = self.service.cases, body.case_id
        return lambda connection: cases.take(connection, caller, case_id, enforcement_id, reach.scope)

    def _make(self, body: words.Command) -> tuple[Happening, Make]:
        match body:
            case words.EnforcementBegin():
                return Happening.BEGIN, self._begin(body)
            case words.EnforcementStep(step=step, what="begin"):
                return Happening.STEP, lambda course, at, steps: courses.begin_step(course, at, step, steps)
            case words.EnforcementStep(step=step):
                return Happening.STEP, lambda course, at, _: courses.end_step(course, at, step)
            case words.EnforcementMark(text=text, important=important):
                return Happening.MARK, lambda course, at, _: courses.mark(course, at, text, important)
            case words.EnforcementPause(reason=reason):
                return Happening.PAUSE, lambda course, at, _: courses.pause(course, at, reason)
            case words.EnforcementResume(reason=reason):
                return Happening.RESUME, lambda course, at, _: courses.resume(course, at, reason)
            case words.EnforcementFinish(reason=reason):
                missing = {one.step: one.reason for one in body.missing}
                return Happening.FINISH, lambda course, at, steps: courses.finish(course, at, reason, missing, steps)
            case words.EnforcementExcuse(step=step, reason=reason):
                return Happening.EXCUSE, lambda course, at, steps: courses.excuse(course, at, step, reason, steps)
            case words.EnforcementFile(case_id=case_id):
                return Happening.FILE, lambda course, at, _: courses.file(course, at, case_id)
            case words.EnforcementCancel(reason=reason):
                return Happening.CANCEL, lambda course, at, _: courses.cancel(course, at, reason)
        raise TypeError(type(body))

    def _begin(self, body: words.EnforcementBegin) -> Make:
        check = checked(Check(**body.check.model_dump()), self.service.limits.thresholds)

        def make(course: Course, moment: Moment, _: StepList) -> Course:
            opening, members = self.service.opening, course.enforcement.members
            if self.service.has_happened(moment):
                faults = faults_of_members(opening, members, moment.utc_us)
                return courses.begin(course, moment, check, body.reason, faults)
            after = courses.begin(course, moment, check, body.reason)
            opening.still_may_act(members, moment.utc_us)
            return after

        return make


def _asked(caller: Caller, action: str, body: words.Command) -> Asked:
    return Asked(caller, action, body.key, body.utc_us, body.model_dump_json())


def _wish(body: words.EnforcementOpen, department: str, terminals: tuple[str, ...], own: str) -> Wish:
    party = Party(PartyKind(body.party.kind), body.party.name, body.party.identifier)
    position = body.position
    return Wish(
        department=department,
        kind=Kind(body.kind),
        item=body.item,
        officers=tuple(body.officers),
        terminals=terminals,
        party=party,
        place=body.place,
        latitude=position.lat if position is not None else None,
        longitude=position.lon if position is not None else None,
        by_terminal=own,
    )


def _answer(taken: Taken) -> words.CommandAnswer:
    command = taken.command
    return words.CommandAnswer.model_validate(
        {
            "enforcement_id": taken.enforcement_id,
            "state": command.state.value,
            "utc_us": command.utc_us,
            "received_utc_us": command.received_utc_us,
        }
    )
