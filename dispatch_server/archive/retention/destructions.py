"""Destruction lists: proposed, approved by two people of different roles, waiting, stopped by any of three."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dispatch_server.archive.model import Recording, State
from dispatch_server.archive.retention.actions import APPROVE, MAKE, STOP
from dispatch_server.archive.retention.clock_watch import ClockWatch
from dispatch_server.archive.retention.clocks import DAY_US
from dispatch_server.archive.retention.keeping import Keeping, Kept
from dispatch_server.archive.retention.list_store import AT_ONCE, ListStore
from dispatch_server.archive.retention.model import (
    LIST_LIFE,
    Approval,
    DestructionChanged,
    DestructionList,
    Item,
    ItemState,
    ListSaid,
    ListState,
)
from dispatch_server.archive.retention.persons import person_of
from dispatch_server.archive.retention.ports import BusPort, WorldPort
from dispatch_server.archive.retention.refusals import (
    AnotherRole,
    ClockDoubted,
    ListNotSo,
    ListUnknown,
    NothingToList,
    SecondPerson,
)
from dispatch_server.identity.callers import Caller, SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope, is_within

WAIT_DAYS = 7
MOST_ITEMS = 2000
MOST_LISTS = 100  # that one look of the system makes
LEAST_AGE_US = 6 * 28 * DAY_US  # of what is looked at; how long it is kept says the policy
NOTHING_LEFT = "nothing was left on it"
BY_POLICY = "their time is over"
SYSTEM_CALLER = SystemCaller("retention")


@dataclass(slots=True)
class DestructionService:
    store: ListStore
    keeping: Keeping
    clock: ClockWatch
    recorder: Recorder
    world: WorldPort
    bus: BusPort
    wait_days: int = WAIT_DAYS

    async def make(
        self, by: Caller, scope: Scope, department: str, recording_ids: Sequence[str], reason: str
    ) -> DestructionList:
        """A person's list, within one department; what may not be destroyed is not put on it, all of it refused."""
        self.ask_clock()
        known = await self.store.recordings(sorted(set(recording_ids)))
        seen = [
            one
            for one in known.values()
            if scope.covers(one.card.department) and is_within(one.card.department, department)
        ]
        if not scope.covers(department) or len(seen) != len(set(recording_ids)):
            raise ListUnknown
        listed = await self.store.listed([one.card.id for one in seen])
        kept = await self.keeping.of(seen)
        for recording in seen:
            why = self.why_not_by(recording, kept[recording.card.id])
            if recording.card.id in listed:
                why = "it stands on another list"
            if why:
                raise NothingToList(f"{recording.card.id}: {why}")
        return await self._add(by, department, seen, kept, reason)

    async def propose(self) -> list[DestructionList]:
        """By the system: one list for each department with something whose time is over."""
        self.ask_clock()
        by_department: dict[str, list[Recording]] = {}
        kept: dict[str, Kept] = {}
        after, before = (-1, ""), self.world.utc_us() - LEAST_AGE_US
        while True:
            found = await self.store.sealed_before(before, after, AT_ONCE)
            judged = await self.keeping.of(found)
            for recording in found:
                own = by_department.setdefault(recording.card.department, [])
                if not self.why_not_by(recording, judged[recording.card.id]) and len(own) < MOST_ITEMS:
                    own.append(recording)
                    kept[recording.card.id] = judged[recording.card.id]
            if len(found) < AT_ONCE:
                break
            after = (found[-1].card.opened_utc_us, found[-1].card.id)
        wanted = sorted((department, some) for department, some in by_department.items() if some)[:MOST_LISTS]
        return [await self._add(SYSTEM_CALLER, department, some, kept, BY_POLICY) for department, some in wanted]

    async def get(self, list_id: str, scope: Scope) -> DestructionList:
        found = await self.store.find(list_id, scope)
        if found is None:
            raise ListUnknown
        return found

    async def approve(self, by: Caller, scope: Scope, list_id: str) -> DestructionList:
        """Two of different roles, neither of whom made it. What may not be destroyed any more is taken off first."""
        found = await self.get(list_id, scope)
        self.ask_clock()
        person = person_of(by)
        if not LIST_LIFE.allows(found.state, ListSaid.APPROVE):
            raise ListNotSo(found.state)
        if person.id == found.made_by.id or (found.first is not None and person.id == found.first.by.id):
            raise SecondPerson
        if found.first is not None and (not person.roles or set(person.roles) & set(found.first.by.roles)):
            raise AnotherRole
        if not await self.look_again(found):
            await self.end(found, ListSaid.STOP, NOTHING_LEFT)
            raise NothingToList(NOTHING_LEFT)
        approval = Approval(person, self.world.utc_us())
        state = LIST_LIFE.after(found.state, ListSaid.APPROVE)
        if found.first is None:
            after = replace(found, state=state, first=approval)
        else:
            after = replace(found, state=state, second=approval)
        await self._change(found, after, by, APPROVE)
        return await self.wait(after) if state is ListState.APPROVED_TWICE else after

    async def wait(self, found: DestructionList) -> DestructionList:
        """Begins the days in which anybody may still stop it."""
        self.ask_clock()
        until = self.world.utc_us() + self.wait_days * DAY_US
        after = replace(found, state=LIST_LIFE.after(found.state, ListSaid.WAIT), purge_utc_us=until)
        await self._change(found, after, SYSTEM_CALLER, "destruction.wait")
        return after

    async def stop(self, by: Caller, scope: Scope, list_id: str, reason: str) -> DestructionList:
        """For good. What is being purged at this moment is not undone."""
        found = await self.get(list_id, scope)
        if not LIST_LIFE.allows(found.state, ListSaid.STOP):
            raise ListNotSo(found.state)
        return await self.end(found, ListSaid.STOP, reason, by)

    async def end(
        self, found: DestructionList, said: ListSaid, reason: str, by: Caller = SYSTEM_CALLER
    ) -> DestructionList:
        after = replace(
            found,
            state=LIST_LIFE.after(found.state, said),
            ended_by=person_of(by),
            ended_utc_us=self.world.utc_us(),
            end_reason=reason,
        )
        await self._change(found, after, by, STOP if by is not SYSTEM_CALLER else "destruction.end")
        return after

    async def look_again(self, found: DestructionList) -> int:
        """Takes off what a hold, a case, a longer policy or an export protects now; how many are left."""
        left, after = 0, ""
        while True:
            some = await self.store.items(found.id, ItemState.LISTED, after, AT_ONCE)
            known = await self.store.recordings([one.recording_id for one in some])
            kept = await self.keeping.of(list(known.values()))
            for item in some:
                recording = known.get(item.recording_id)
                why = "it is gone" if recording is None else self.why_not_by(recording, kept[item.recording_id])
                left += not why
                if why:
                    async with self.store.database.transaction() as connection:
                        off = replace(item, state=ItemState.TAKEN_OFF, reason=why)
                        await self.store.change_item(connection, ItemState.LISTED, off)
            if len(some) < AT_ONCE:
                return left
            after = some[-1].recording_id

    async def why_not(self, recording: Recording) -> str:
        """Asked once more at the very end."""
        return self.why_not_by(recording, (await self.keeping.of([recording]))[recording.card.id])

    def why_not_by(self, recording: Recording, kept: Kept) -> str:
        """Out of what is known of it already; empty when it may be destroyed."""
        why = kept.why_not(self.world.utc_us())
        if why:
            return why
        return "" if recording.state is State.SEALED else f"it is {recording.state}, not sealed"

    async def _add(
        self, by: Caller, department: str, some: Sequence[Recording], kept: dict[str, Kept], reason: str
    ) -> DestructionList:
        policy = self.keeping.policies.current
        made = DestructionList(
            self.identity(), department, person_of(by), self.world.utc_us(), reason, policy.digest if policy else ""
        )
        items = [_item(made.id, one, kept[one.card.id]) for one in some]
        async with self.store.database.transaction() as connection:
            await self.store.add(connection, made, items)
            await self.recorder.enter(
                by,
                MAKE,
                f"destruction:{made.id}",
                department=department,
                connection=connection,
                recordings=len(items),
                bytes=sum(item.bytes for item in items),
                policy=made.policy,
                reason=reason[:400],
            )
        self._tell(made)
        return made

    async def _change(self, before: DestructionList, after: DestructionList, by: Caller, action: str) -> None:
        async with self.store.database.transaction() as connection:
            if not await self.store.change(connection, before.state, after):
                raise ListNotSo("changed meanwhile")
            await self.recorder.enter(
                by,
                action,
                f"destruction:{after.id}",
                department=after.department,
                connection=connection,
                state=after.state.value,
                reason=after.end_reason[:400],
                purge_utc_us=after.purge_utc_us,
            )
        self._tell(after)

    def _tell(self, found: DestructionList) -> None:
        self.bus.publish(
            DestructionChanged(
                identity=self.identity(),
                utc_us=self.world.utc_us(),
                list_id=found.id,
                department=found.department,
                state=found.state.value,
            )
        )

    def ask_clock(self) -> None:
        """Raises ClockDoubted."""
        if not self.clock.believed():
            raise ClockDoubted(self.clock.newest.why_not)

    def identity(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))


def _item(list_id: str, recording: Recording, kept: Kept) -> Item:
    card = recording.card
    until = kept.keep.until_utc_us or 0
    return Item(
        list_id, card.id, card.department, card.source, card.opened_utc_us, recording.bytes, kept.keep.rule, until
    )
