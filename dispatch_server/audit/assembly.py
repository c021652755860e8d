"""Puts the room's parts together: the ledger, its journal, its heads and their witnesses."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.folding import Folding
from dispatch_server.audit.heads import AWAY, HEAD_FAILS, Heads
from dispatch_server.audit.journal import Journal
from dispatch_server.audit.limits import Cadence, JournalLimits, LedgerLimits
from dispatch_server.audit.service import Ledger
from dispatch_server.audit.signing import KEY_NAME, Signer
from dispatch_server.audit.store import LedgerStore
from dispatch_server.audit.witness import Courier, Deliver, NewestHead
from dispatch_server.kit.ids import RANDOM_BYTES
from dispatch_server.runtime.counters import Counters, Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World

TICK_S = 1.0
LAST_STEP_S, LAST_STEPS = 0.02, 50
FOLDER = "ledger"
JOURNAL, NEWEST, STAMPS = "journal", "newest-head.json", "stamps.jsonl"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the room stands on."""

    world: World
    counters: Counters
    threads: Threads
    database: Database
    keys: KeyRing
    folder: Path


@dataclass(slots=True)
class Bounds:
    ledger: LedgerLimits = field(default_factory=LedgerLimits)
    journal: JournalLimits = field(default_factory=JournalLimits)
    cadence: Cadence = field(default_factory=Cadence)
    witness_queue: int = 1000


class AuditRoom:
    """`ledger` is identity's LedgerPort; `heads.newest()` is for the heartbeat."""

    def __init__(self, ground: Ground, bounds: Bounds, witnesses: dict[str, Deliver] | None = None) -> None:
        self.alarms = Alarms()
        self.store = LedgerStore(ground.database)
        self.journal = Journal(ground.folder / JOURNAL, bounds.journal)
        self.ledger = Ledger(self.store, self.journal, bounds.ledger, self.alarms)
        self.newest = NewestHead(ground.folder / NEWEST, ground.threads)
        self._remembering = Courier("newest", self.newest.deliver, bounds.witness_queue, self.alarms)
        self.couriers = [
            Courier(name, deliver, bounds.witness_queue, self.alarms) for name, deliver in (witnesses or {}).items()
        ]
        gives = [courier.give for courier in self.couriers]
        self.heads = Heads(self.store, ground.world, bounds.cadence, self.alarms, gives)
        self.folding = Folding(self.store, self.journal, ground.threads, ground.world, self.alarms)
        self.signer: Signer | None = None
        self._ground = ground
        ground.counters.collect_from(self._readings)

    async def open(self, scope: TaskScope) -> None:
        """After the keys, the threads and the database."""
        world = self._ground.world
        self.signer = Signer(self._ground.keys.bytes_of(KEY_NAME, lambda: world.chance(32)))
        await self.store.name_log(world.chance(RANDOM_BYTES + 6).hex())
        await asyncio.to_thread(self.journal.open)
        try:
            remembered = await asyncio.to_thread(self.newest.remembered)
        except ValueError as error:
            remembered = None
            self.alarms.raised("newest_head_damaged", error=str(error)[:300])
        await self.heads.open(self.signer, remembered, self._remembering.give)
        self._start(scope)

    def _start(self, scope: TaskScope) -> None:
        """What is closed first stands last: the last head covers all, and has a moment to reach the witnesses."""
        scope.defer("journal", lambda: asyncio.to_thread(self.journal.close))
        for courier in (self._remembering, *self.couriers):
            scope.start(f"witness {courier.name}", courier.run)
        scope.defer("last head", self._sign_last)
        self.ledger.open()
        scope.start("ledger", self.ledger.run)
        scope.start("journal sync", self.folding.run_sync)
        scope.start("journal fold", self.folding.run_fold)
        scope.start("ledger heads", self._tick)

    async def _sign_last(self) -> None:
        try:
            await self.heads.sign()
        except AWAY as error:
            self.alarms.raised(HEAD_FAILS, error=str(error)[:300])
        for _ in range(LAST_STEPS):
            if not any(courier.waiting for courier in (self._remembering, *self.couriers)):
                return
            await asyncio.sleep(LAST_STEP_S)

    async def _tick(self) -> None:
        while True:
            await self.heads.tick()
            await asyncio.sleep(TICK_S)

    def _readings(self) -> Iterable[Reading]:
        yield from self.alarms.readings()
        yield Reading("ledger_acts", self.ledger.entered, "Acts that were put on record.")
        yield Reading("ledger_refused", self.ledger.refused, "Acts that could not be: what they told of was not done.")
        yield Reading("ledger_journal_waiting", self.journal.waiting, "Acts not yet in the journal.", kind="gauge")
        head = self.heads.newest()
        size = head.size if head is not None else 0
        yield Reading("ledger_signed_size", size, "Acts that the newest signed head covers.", kind="gauge")
