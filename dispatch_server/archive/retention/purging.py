"""Carries out what was approved and waited for, one recording at a time, and finishes what a crash interrupted."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.model import Recording, State, Trouble
from dispatch_server.archive.retention.clock_watch import Tell
from dispatch_server.archive.retention.destructions import SYSTEM_CALLER, DestructionService
from dispatch_server.archive.retention.model import (
    ITEM_LIFE,
    Approval,
    DestructionList,
    Item,
    ItemState,
    ListSaid,
    ListState,
    RecordingPurged,
)
from dispatch_server.archive.retention.purge import PurgeFails, purge, seal_of
from dispatch_server.archive.retention.tombstone import FORM, Tombstone
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.scope import COUNTY
from dispatch_server.protocol.seals import Seal
from dispatch_server.runtime.threads import Kind, Threads

CHECK_SEAL = "its seal is missing or cannot be read"
OTHER_SEAL = "its seal is of another recording"
DAMAGED = "it is not what was sealed, and whoever decides must see that first"
Verify = Callable[[Recording], Awaitable[str]]
Report = Callable[[str, BaseException], None]


@dataclass(slots=True)
class PurgeCounters:
    purged: int = 0
    bytes: int = 0
    files: int = 0
    taken_off: int = 0
    failures: int = 0


@dataclass(slots=True)
class Purging:
    destructions: DestructionService
    roots: Sequence[Path]
    threads: Threads
    tell: Tell
    report: Report
    remove: Callable[..., object] = purge
    verify: Verify | None = None  # seals' reading of the whole, which says what is wrong with it
    counters: PurgeCounters = field(default_factory=PurgeCounters)
    _failing: set[str] = field(default_factory=set)

    async def tick(self) -> None:
        """What was begun before a crash first: it is decided, whatever the clock says now."""
        for item in await self.destructions.store.purging():
            await self._attempt(item)
        service = self.destructions
        if not service.clock.believed():
            return
        for approved in await service.store.in_state(ListState.APPROVED_TWICE):
            await service.wait(approved)
        for waiting in await service.store.in_state(ListState.WAITING):
            if waiting.purge_utc_us <= service.world.utc_us():
                await self._carry_out(waiting)

    async def _carry_out(self, waiting: DestructionList) -> None:
        service = self.destructions
        after = ""
        while some := await service.store.items(waiting.id, ItemState.LISTED, after, 100):
            for item in some:
                fresh = await service.store.find(waiting.id, COUNTY)
                if fresh is None or fresh.state is not ListState.WAITING or not service.clock.believed():
                    return
                await self._one(item)
            after = some[-1].recording_id
        left = (ItemState.LISTED, ItemState.PURGING)
        if not any([await service.store.items(waiting.id, state, "", 1) for state in left]):
            await service.end(waiting, ListSaid.PURGE, "")

    async def _one(self, item: Item) -> None:
        recording = (await self.destructions.store.recordings([item.recording_id])).get(item.recording_id)
        why = "it is gone" if recording is None else await self.destructions.why_not(recording)
        if not why and recording is not None:
            seal = await self.threads.run(Kind.DISK, seal_of, self.roots, folder_of(recording.card))
            why = CHECK_SEAL if seal is None else OTHER_SEAL if seal.recording != item.recording_id else ""
            if not why and self.verify is not None and (damage := await self.verify(recording)):
                why = f"{DAMAGED}: {damage}"[:300]
        if why:
            await self._take_off(item, why)
            return
        begun = replace(
            item, state=ITEM_LIFE.after(item.state, "begin"), purged_utc_us=self.destructions.world.utc_us()
        )
        if await self._decide(item, begun):
            await self._attempt(begun)

    async def _decide(self, item: Item, begun: Item) -> bool:
        """In one transaction with its line of the ledger. From here on there is no way back, only on."""
        store = self.destructions.store
        try:
            async with store.database.transaction() as connection:
                ended = await store.end_recording(connection, item.recording_id, begun.purged_utc_us)
                held = await self.destructions.keeping.store.holding([item.recording_id], connection)
                changed = await store.change_item(connection, ItemState.LISTED, begun)
                found = await store.find_within(connection, item.list_id)
                if not ended or held or not changed or found is not ListState.WAITING or not self._believed():
                    raise _NotNow
                await self.destructions.recorder.enter(
                    SYSTEM_CALLER,
                    "recording.purge",
                    f"recording:{item.recording_id}",
                    department=item.department,
                    connection=connection,
                    source=item.source,
                    list=item.list_id,
                    rule=item.rule,
                    kept_until_utc_us=item.until_utc_us,
                )
        except _NotNow:
            return False  # the next look says why
        return True

    async def _attempt(self, item: Item) -> None:
        try:
            await self._finish(item)
        except (DispatchError, OSError) as error:
            self.counters.failures += 1
            self.report(f"purging {item.recording_id}", error)
            if item.recording_id not in self._failing and len(self._failing) < 1000:
                self._failing.add(item.recording_id)
                self.tell(Trouble.PURGE_FAILS, item.recording_id, True, str(error)[:300])
            return
        if item.recording_id in self._failing:
            self._failing.discard(item.recording_id)
            self.tell(Trouble.PURGE_FAILS, item.recording_id, False, "")

    async def _finish(self, item: Item) -> None:
        """Again and again until it is done: each step may have been done before."""
        service, store = self.destructions, self.destructions.store
        recording = (await store.recordings([item.recording_id])).get(item.recording_id)
        made = await store.find(item.list_id, COUNTY)
        if recording is None or made is None or recording.state is not State.PURGED:
            raise PurgeFails("the database does not say that it is decided")
        place = folder_of(recording.card)
        seal = await self.threads.run(Kind.DISK, seal_of, self.roots, place)
        if seal is None:
            raise PurgeFails(CHECK_SEAL)
        tombstone = tombstone_of(recording, made, item, seal)
        await self.threads.run(Kind.DISK, self.remove, self.roots, place, tombstone, service.world.utc_us())
        async with store.database.transaction() as connection:
            over = replace(item, state=ITEM_LIFE.after(item.state, "end"))
            await store.change_item(connection, ItemState.PURGING, over)
        self.counters.purged += 1
        self.counters.bytes += item.bytes
        service.bus.publish(
            RecordingPurged(
                identity=service.identity(),
                utc_us=service.world.utc_us(),
                recording_id=item.recording_id,
                department=item.department,
                source=item.source,
                list_id=item.list_id,
                rule=item.rule,
            )
        )

    async def _take_off(self, item: Item, why: str) -> None:
        self.counters.taken_off += 1
        store = self.destructions.store
        async with store.database.transaction() as connection:
            off = replace(item, state=ITEM_LIFE.after(item.state, "take off"), reason=why)
            await store.change_item(connection, ItemState.LISTED, off)

    def _believed(self) -> bool:
        return self.destructions.clock.believed()


class _NotNow(Exception):
    """Rolls a decision back."""


def tombstone_of(recording: Recording, made: DestructionList, item: Item, seal: Seal) -> Tombstone:
    card = recording.card
    approvals = [one for one in (made.first, made.second) if one is not None]
    return Tombstone(
        form=FORM,
        recording=card.id,
        department=card.department,
        source=card.source,
        opened_utc_us=card.opened_utc_us,
        ended_utc_us=recording.ended_utc_us,
        bytes=recording.bytes,
        fragments=recording.fragments,
        chain=seal.chain,
        seal=seal.signature,
        seal_key=seal.key,
        rule=item.rule,
        kept_until_utc_us=item.until_utc_us,
        list=made.id,
        made_by=f"{made.made_by.id} {made.made_by.name}",
        approved_by=[_words(one) for one in approvals],
        decided_utc_us=item.purged_utc_us,
    )


def _words(approval: Approval) -> str:
    return f"{approval.by.id} {approval.by.name} ({', '.join(approval.by.roles)}) {approval.utc_us}"
