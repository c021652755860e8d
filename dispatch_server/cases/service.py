"""Case files: found within a scope, opened, changed, filled, closed and reopened, and all their footage held."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from dispatch_server.cases import actions, refusals
from dispatch_server.cases.changes import Changes
from dispatch_server.cases.facts import Held, RecordingFacts
from dispatch_server.cases.lacks import Lack, lacks
from dispatch_server.cases.linking import Linking
from dispatch_server.cases.model import LIFE, Case, CaseLife, File, Happening, KeptFor, State, Thing, longest
from dispatch_server.cases.ports import HoldPort, OfficersPort
from dispatch_server.cases.store import Query
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.scope import COUNTY, Scope

COUNTY_TIME = timedelta(hours=8)  # a day ends in China when it does there
LONGEST_YEARS = 200
MOST_NAMESAKES = 100


@dataclass(slots=True)
class CaseService:
    """`number_pattern`: what the county's case numbers look like when they are normalised."""

    changes: Changes
    officers: OfficersPort
    number_pattern: re.Pattern[str]
    holds: HoldPort | None = None  # retention's, once it is wired
    linking: Linking = field(init=False)

    def __post_init__(self) -> None:
        self.linking = Linking(self.changes)

    async def find(self, case_id: str, scope: Scope) -> File:
        """Raises CaseUnknown."""
        if (found := await self.changes.store.file(case_id, scope)) is None:
            raise refusals.CaseUnknown
        return found

    async def listed(self, query: Query) -> list[Case]:
        return await self.changes.store.listed(query)

    def certificates_of(self, officer: str) -> tuple[str, ...]:
        """`officer`: a certificate number, also of somebody who left, or the name of one or of several."""
        asked = officer.strip()
        return tuple(dict.fromkeys([asked, *self.officers.named(asked)]))[:MOST_NAMESAKES] if asked else ()

    async def lacks_of(self, file: File) -> tuple[Lack, ...]:
        """With the facts of now."""
        changes = self.changes
        enforcements = await changes.enforcements.facts_of(file.linked(Thing.ENFORCEMENT), COUNTY)
        recordings = await changes.recordings.facts_of(await changes.recordings_of(file), COUNTY)
        return lacks(file, enforcements, recordings)

    async def recordings_of(self, case_id: str, scope: Scope) -> list[str]:
        """Those that are linked, and those that show linked enforcements. Raises CaseUnknown."""
        return await self.changes.recordings_of(await self.find(case_id, scope))

    async def footage_of(self, case_id: str, scope: Scope) -> list[RecordingFacts]:
        """What `recordings_of` names, as far as the scope sees it; oldest first. Raises CaseUnknown."""
        known = await self.changes.recordings.facts_of(await self.recordings_of(case_id, scope), scope)
        return sorted(known.values(), key=lambda one: (one.begun_utc_us, one.id))

    async def cases_of(self, recording_id: str, scope: Scope = COUNTY) -> list[Case]:
        """In which it is, by itself or by what it shows; by number."""
        shown = await self.changes.recordings.enforcements_of(recording_id)
        things = {Thing.RECORDING: [recording_id], Thing.ENFORCEMENT: list(shown)}
        return await self.changes.store.cases_of(things, scope)

    async def cases_with(self, enforcement_id: str) -> list[Case]:
        """Those that an enforcement is linked to."""
        return await self.changes.store.cases_of({Thing.ENFORCEMENT: [enforcement_id]})

    async def case_life_of(self, recording_id: str) -> CaseLife | None:
        """What its case files want, the longest; None: it is in none."""
        return longest(await self.cases_of(recording_id))

    async def changed_since(self, utc_us: int, limit: int) -> list[Case]:
        """Oldest change first."""
        return await self.changes.store.changed_since(utc_us, limit)

    async def ever_linked(self, case_id: str) -> list[str]:
        """Recordings that are in it, and those that were."""
        file = await self.find(case_id, COUNTY)
        own = [one.thing_id for one in file.links if one.thing is Thing.RECORDING]
        shown = [one.thing_id for one in file.links if one.thing is Thing.ENFORCEMENT]
        return list(dict.fromkeys([*own, *await self.changes.recordings.of_enforcements(shown)]))

    # What changes one.

    async def open(self, caller: Caller, wanted: Case, scope: Scope) -> File:
        """Raises PlaceUnknown, NumberWrong, OfficerUnknown, RetentionWrong, NumberTaken."""
        self._check(wanted, scope)
        async with self.changes.store.database.transaction() as connection:
            await self.changes.store.add(connection, wanted)
            await self.changes.enter(caller, actions.OPEN, wanted, connection, number=wanted.number)
        self.changes.announce(wanted)
        return File(wanted)

    async def change(
        self, caller: Caller, case_id: str, scope: Scope, version: int, make: Callable[[Case], Case]
    ) -> File:
        """Raises as `open`, and CaseUnknown, VersionOutdated, CaseClosed."""
        changes = self.changes
        async with changes.store.database.transaction() as connection:
            file = await changes.locked(connection, case_id, scope, version)
            wanted = make(file.case)
            self._check(wanted, scope)
            after = await changes.saved(connection, file.case, wanted)
            await changes.enter(caller, actions.CHANGE, after, connection, changed=_differences(file.case, wanted))
        changes.announce(after)
        if file.case.number != after.number:
            changes.tell_linked(after, await changes.recordings_of(file))
        return replace(file, case=after)

    async def move(
        self, caller: Caller, case_id: str, scope: Scope, version: int, what: Happening, reason: str
    ) -> File:
        """Raises CaseUnknown, VersionOutdated, CaseState, and CaseLacks when it is to be filled without a reason."""
        changes = self.changes
        async with changes.store.database.transaction() as connection:
            file = await changes.locked_in_any_state(connection, case_id, scope, version)
            if not LIFE.allows(file.case.state, what):
                raise refusals.CaseState(file.case.state)
            if what is Happening.FILL and not reason and (lacking := await self.lacks_of(file)):
                raise refusals.CaseLacks(sorted({one.code for one in lacking}))
            wanted = self._moved(file.case, what, reason)
            after = await changes.saved(connection, file.case, wanted)
            detail = {"done": what.value, "state": after.state.value, "reason": reason}
            await changes.enter(caller, actions.MOVE, after, connection, **detail)
        changes.announce(after)
        return replace(file, case=after)

    async def hold(self, caller: Caller, case_id: str, scope: Scope, reason: str, until_utc_us: int | None) -> Held:
        """
        All footage of the case, also what comes into it later, until the hold is released. Raises CaseUnknown,
        NothingToHold, HoldsAway.
        """
        file = await self.find(case_id, scope)
        recordings = await self.changes.recordings_of(file)
        if not recordings:
            raise refusals.NothingToHold
        if self.holds is None:
            raise refusals.HoldsAway
        subject, department = f"case:{case_id}", file.case.department
        await self.changes.recorder.enter(
            caller, actions.HOLD, subject, department=department, outcome=Outcome.BEGUN, reason=reason
        )
        return await self.holds.place(case_id, recordings, reason, caller, until_utc_us)

    def _moved(self, case: Case, what: Happening, reason: str) -> Case:
        state = LIFE.after(case.state, what)
        return replace(
            case,
            state=state,
            closed_on=self.today() if state is State.CLOSED else None,
            filled_reason=reason if what is Happening.FILL else case.filled_reason,
        )

    def today(self) -> date:
        moment = datetime.fromtimestamp(self.changes.now() / 1_000_000, UTC)
        return (moment + COUNTY_TIME).date()

    def _check(self, case: Case, scope: Scope) -> None:
        if not scope.covers(case.department) or not self.officers.department_exists(case.department):
            raise refusals.PlaceUnknown
        if not self.number_pattern.fullmatch(case.number_key):
            raise refusals.NumberWrong
        for certificate in case.officers:
            if not self.officers.exists(certificate):
                raise refusals.OfficerUnknown(certificate)
        kept = case.retention
        if (kept.kept_for is KeptFor.YEARS) != (0 < kept.years <= LONGEST_YEARS):
            raise refusals.RetentionWrong
        if (kept.kept_for is KeptFor.UNTIL) != (kept.until is not None):
            raise refusals.RetentionWrong


def _differences(before: Case, after: Case) -> str:
    """Names only: what they were and are is personal in part."""
    names = Case.__dataclass_fields__
    return ",".join(name for name in names if getattr(before, name) != getattr(after, name))
