"""Holds: placed by one person, released by two, ended by the clock only while the clock is believed."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace

from dispatch_server.archive.model import Recording
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
Find = Callable[[str, Scope], Awaitable[Recording]]
Sealed = Callable[[Sequence[str]], Awaitable[Collection[str]]]


@dataclass(slots=True)
class HoldService:
    """`find` raises what is absent or may not be seen; `sealed` says of which recordings a seal lies in the folder."""

    store: HoldStore
    lists: ListStore
    clock: ClockWatch
    recorder: Recorder
    world: WorldPort
    bus: BusPort
    find: Find
    sealed: Sealed

    async def place(
        self,
        recording_ids: Sequence[str],
        reason: str,
        by: Caller,
        until_utc_us: int | None = None,
        scope: Scope = COUNTY,
    ) -> Hold:
        """Also of recordings that are still open. What stands on a list is taken off it."""
        now = self.world.utc_us()
        if until_utc_us is not None and until_utc_us <= now:
            raise HoldEndsTooSoon
        wanted = sorted(set(recording_ids))
        held = [(one, (await self.find(one, scope)).card.department) for one in wanted]
        hold = Hold(self._identity(), reason, person_of(by), now, until_utc_us, recordings=len(held))
        async with self.store.writing() as connection:
            await self.store.lock(connection, wanted)
            if await self.store.purged(connection, wanted):
                raise AlreadyPurged
            await self.store.add(connection, hold, held)
            await self.store.mark_held(connection, wanted, now)
            await self.lists.take_off(connection, wanted, TAKEN_OFF)
            await self.recorder.enter(
                by,
                PLACE,
                f"hold:{hold.id}",
                department=_common(held),
                connection=connection,
                reason=reason[:400],
                recordings=len(held),
                first=wanted[0],
                until_utc_us=until_utc_us,
            )
        self._tell(hold, wanted, True)
        return hold

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


def _common(held: Sequence[tuple[str, str]]) -> str:
    """The department that all of them lie in, else the county."""
    departments = {department for _, department in held}
    return departments.pop() if len(departments) == 1 else ""
