"""Holds: placed by one person, released by two, ended by the clock only while the clock is believed."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.model import Recording, State
from dispatch_server.archive.retention.actions import ASK_RELEASE, PLACE, RELEASE
from dispatch_server.archive.retention.clock_watch import ClockWatch
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.list_store import ListStore
from dispatch_server.archive.retention.model import HOLD_LIFE, Hold, HoldSaid, HoldsChanged, HoldState
from dispatch_server.archive.retention.persons import person_of
from dispatch_server.archive.retention.ports import BusPort, WorldPort
from dispatch_server.archive.retention.refusals import (
    AlreadyPurged,
    ClockDoubted,
    HoldEndsTooSoon,
    HoldNotSo,
    HoldUnknown,
    PartOnly,
    SecondPerson,
)
from dispatch_server.identity.callers import Caller, SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import COUNTY, Scope

MOST_RECORDINGS = 1000
TAKEN_OFF = "it is held"
EXTEND = "hold.extend"
Find = Callable[[str, Scope], Awaitable[Recording]]
OfCase = Callable[[str], Awaitable[Sequence[str]]]
Sealed = Callable[[Sequence[str]], Awaitable[Collection[str]]]


@dataclass(slots=True)
class HoldService:
    """
    `find` raises what is absent or may not be seen; `sealed` says of which recordings a seal lies in the folder;
    `of_case` gives all recordings that belong to a case now.
    """

    store: HoldStore
    lists: ListStore
    clock: ClockWatch
    recorder: Recorder
    world: WorldPort
    bus: BusPort
    find: Find
    sealed: Sealed
    of_case: OfCase

    async def place(
        self,
        recording_ids: Sequence[str],
        reason: str,
        by: Caller,
        until_utc_us: int | None = None,
        scope: Scope = COUNTY,
    ) -> Hold:
        """Also of recordings that are still open. What stands on a list is taken off it. Raises AlreadyPurged."""
        hold = self._new(reason, by, until_utc_us)
        wanted = {one: (await self.find(one, scope)).card.department for one in sorted(set(recording_ids))}
        return (await self._place(hold, wanted, by))[0]

    async def place_over_case(
        self, case_id: str, recording_ids: Sequence[str], reason: str, by: Caller, until_utc_us: int | None = None
    ) -> tuple[Hold, tuple[str, ...]]:
        """
        Over these, and over whatever else belongs to the case later. What was destroyed before is left out, and
        given back by its ids. Raises AlreadyPurged when nothing is left.
        """
        hold = replace(self._new(reason, by, until_utc_us), case_id=case_id)
        wanted = {one: (await self.find(one, COUNTY)).card.department for one in sorted(set(recording_ids))}
        return await self._place(hold, wanted, by)

    async def extend(self, hold: Hold, recording_ids: Sequence[str]) -> int:
        """By what of these it does not hold yet and is still there; how many."""
        known = await self.store.recordings_of(hold.id, COUNTY)
        found = await self.lists.recordings(sorted(set(recording_ids) - set(known)))
        new = {one: x.card.department for one, x in sorted(found.items()) if x.state is not State.PURGED}
        if not new:
            return 0
        async with self.store.writing() as connection:
            if not await self.store.still_holds(connection, hold.id):
                return 0
            new, _ = await self._take(connection, new)
            await self.store.add_recordings(connection, hold.id, list(new.items()))
            await self.recorder.enter(
                SystemCaller("retention"),
                EXTEND,
                f"hold:{hold.id}",
                department=_common(new),
                connection=connection,
                recordings=len(new),
                first=next(iter(new), ""),
                case=hold.case_id,
            )
        self._tell(hold, list(new), True)
        return len(new)

    async def extend_over_cases(self, case_ids: Collection[str] | None = None) -> int:
        """By what belongs to their cases now; `case_ids`: only those over these cases."""
        return sum(
            [await self.extend(one, await self.of_case(one.case_id)) for one in await self.store.over_cases(case_ids)]
        )

    def _new(self, reason: str, by: Caller, until_utc_us: int | None) -> Hold:
        now = self.world.utc_us()
        if until_utc_us is not None and until_utc_us <= now:
            raise HoldEndsTooSoon
        return Hold(self._identity(), reason, person_of(by), now, until_utc_us)

    async def _place(self, hold: Hold, wanted: dict[str, str], by: Caller) -> tuple[Hold, tuple[str, ...]]:
        async with self.store.writing() as connection:
            held, purged = await self._take(connection, wanted)
            if not held or (purged and not hold.case_id):
                raise AlreadyPurged
            await self.store.add(connection, hold, list(held.items()))
            await self.recorder.enter(
                by,
                PLACE,
                f"hold:{hold.id}",
                department=_common(held),
                connection=connection,
                reason=hold.reason[:400],
                recordings=len(held),
                first=next(iter(held)),
                until_utc_us=hold.until_utc_us,
                case=hold.case_id,
                purged=len(purged),
            )
        self._tell(hold, list(held), True)
        return replace(hold, recordings=len(held)), purged

    async def _take(
        self, connection: AsyncConnection, wanted: dict[str, str]
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        """Locked, marked and off every list: those that are still there with their departments, and the others."""
        await self.store.lock(connection, list(wanted))
        purged = tuple(await self.store.purged(connection, list(wanted)))
        held = {one: department for one, department in wanted.items() if one not in purged}
        await self.store.mark_held(connection, list(held), self.world.utc_us())
        await self.lists.take_off(connection, list(held), TAKEN_OFF)
        return held, purged

    async def get(self, hold_id: str, scope: Scope) -> Hold:
        hold = await self.store.find(hold_id, scope)
        if hold is None:
            raise HoldUnknown
        return hold

    async def ask_release(self, hold_id: str, by: Caller, reason: str, scope: Scope = COUNTY) -> Hold:
        """It goes on holding until somebody else confirms."""
        hold = await self._whole(hold_id, scope)
        asked = replace(hold, state=self._after(hold, HoldSaid.ASK_RELEASE), asked_by=person_of(by), ask_reason=reason)
        await self._change(hold, asked, by, ASK_RELEASE, reason)
        return asked

    async def withdraw_release(self, hold_id: str, by: Caller, scope: Scope = COUNTY) -> Hold:
        hold = await self._whole(hold_id, scope)
        state = self._after(hold, HoldSaid.WITHDRAW_RELEASE)
        standing = replace(hold, state=state, asked_by=None, ask_reason="")
        await self._change(hold, standing, by, ASK_RELEASE, "withdrawn")
        return standing

    async def release(self, hold_id: str, by: Caller, scope: Scope = COUNTY) -> Hold:
        hold = await self._whole(hold_id, scope)
        state = self._after(hold, HoldSaid.CONFIRM_RELEASE)
        person = person_of(by)
        if hold.asked_by is None or hold.asked_by.id == person.id:
            raise SecondPerson
        ended = replace(hold, state=state, ended_by=person, ended_utc_us=self.world.utc_us())
        await self._end(hold, ended, by, RELEASE)
        return ended

    async def tick(self) -> None:
        """What runs out ends while the clock is believed; what was open when it was held is marked."""
        if self.clock.believed():
            for hold in await self.store.run_out(self.world.utc_us()):
                state = HOLD_LIFE.after(hold.state, HoldSaid.RUN_OUT)
                ended = replace(hold, state=state, ended_utc_us=self.world.utc_us())
                if not self.clock.believed():
                    return
                await self._end(hold, ended, SystemCaller("retention"), "hold.end")
        unmarked = await self.store.unmarked()
        if unmarked:
            async with self.store.writing() as connection:
                await self.store.lock(connection, unmarked)
                held = list(await self.store.holding(unmarked, connection))
                await self.store.mark_held(connection, held, self.world.utc_us())

    async def _end(self, hold: Hold, ended: Hold, by: Caller, action: str) -> None:
        recording_ids = await self.store.recordings_of(hold.id, COUNTY)
        sealed = await self.sealed(recording_ids)
        if action != RELEASE and not self.clock.believed():
            raise ClockDoubted(self.clock.newest.why_not)
        async with self.store.writing() as connection:
            if not await self.store.change(connection, hold.state, ended):
                raise HoldNotSo("changed meanwhile")
            await self.store.unmark(connection, recording_ids, sealed, self.world.utc_us())
            await self._enter(hold, by, action, hold.ask_reason, connection)
        self._tell(ended, recording_ids, False)

    async def _whole(self, hold_id: str, scope: Scope) -> Hold:
        """Whoever sees a part of it does not decide over all."""
        hold = await self.get(hold_id, scope)
        if not scope.is_county and hold.recordings != len(await self.store.recordings_of(hold_id, COUNTY)):
            raise PartOnly
        return hold

    async def _change(self, before: Hold, after: Hold, by: Caller, action: str, reason: str) -> None:
        async with self.store.writing() as connection:
            if not await self.store.change(connection, before.state, after):
                raise HoldNotSo("changed meanwhile")
            await self._enter(before, by, action, reason, connection)

    async def _enter(self, hold: Hold, by: Caller, action: str, reason: str, connection: object) -> None:
        await self.recorder.enter(
            by,
            action,
            f"hold:{hold.id}",
            connection=connection,
            reason=reason[:400],
            placed_by=hold.placed_by.id,
            recordings=hold.recordings,
        )

    def _after(self, hold: Hold, said: HoldSaid) -> HoldState:
        if not HOLD_LIFE.allows(hold.state, said):
            raise HoldNotSo(hold.state)
        return HOLD_LIFE.after(hold.state, said)

    def _tell(self, hold: Hold, recording_ids: Sequence[str], held: bool) -> None:
        self.bus.publish(
            HoldsChanged(
                identity=self._identity(),
                utc_us=self.world.utc_us(),
                recording_ids=tuple(recording_ids),
                hold_id=hold.id,
                held=held,
            )
        )

    def _identity(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))


def _common(held: Mapping[str, str]) -> str:
    """The department that all of them lie in, else the county."""
    departments = set(held.values())
    return departments.pop() if len(departments) == 1 else ""
