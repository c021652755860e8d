"""Folds the journal into the ledger: at start, and again whenever it holds something and the ledger takes lines."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.heads import ANCHOR_MISSING, DISAGREES, KEY_CHANGED
from dispatch_server.audit.journal import Journal
from dispatch_server.audit.store import LedgerStore
from dispatch_server.kit.acts import Act, Outcome
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.runtime.database import DatabaseAway
from dispatch_server.runtime.threads import Kind, Threads, ThreadsBusy
from dispatch_server.runtime.world import World

FLUSH_S = 0.02  # acts of this time share one sync of the disk
FOLD_S = 0.5
BATCH = 256
JOURNAL_FAILS = "journal_not_writable"
FOLDING_WAITS = "journal_not_folded"
ACTS_LOST = "acts_lost"
ON_RECORD = (DISAGREES, KEY_CHANGED, ANCHOR_MISSING)  # alarms that are acts as well
_AWAY = (DatabaseAway, SQLAlchemyError, OSError, ValueError, ThreadsBusy)


class Folding:
    """Two loops: one syncs, so that it never waits for the database; the other folds."""

    def __init__(self, store: LedgerStore, journal: Journal, threads: Threads, world: World, alarms: Alarms) -> None:
        self._store = store
        self._journal = journal
        self._threads = threads
        self._world = world
        self._alarms = alarms
        alarms.listener = self._told
        self._left = True  # an earlier life may have left files

    async def run_sync(self) -> None:
        while True:
            is_kept = await self.sync_once()
            await asyncio.sleep(FLUSH_S if is_kept else FOLD_S)

    async def run_fold(self) -> None:
        while True:
            await self.fold_once()
            await asyncio.sleep(FOLD_S)

    async def sync_once(self) -> bool:
        """Whether what waited is on disk."""
        if not self._journal.waiting:
            return True
        try:
            await self._threads.run(Kind.JOURNAL, self._journal.flush)
        except (OSError, ThreadsBusy) as error:
            self._alarms.raised(JOURNAL_FAILS, error=str(error)[:300])
            return False
        self._left = True
        self._alarms.over(JOURNAL_FAILS)
        return True

    async def fold_once(self) -> None:
        """What cannot be folded in now stays where it is."""
        if not self._left and not self._journal.lost:
            return
        self._left = False
        try:
            for path in await self._threads.run(Kind.JOURNAL, self._journal.switch):
                await self._fold(path)
            await self._tell_lost()
        except _AWAY as error:
            self._left = True
            self._alarms.raised(FOLDING_WAITS, error=str(error)[:300])
        else:
            self._alarms.over(FOLDING_WAITS)

    async def _fold(self, path: Path) -> None:
        kept = await self._threads.run(Kind.JOURNAL, self._journal.read, path)
        for at in range(0, len(kept.acts), BATCH):
            await self._append(kept.acts[at : at + BATCH])
        if kept.lost_bytes:
            self._alarms.raised("journal_damaged", path.name, bytes=kept.lost_bytes)
            await self._append([self._note("ledger.journal_damaged", path.name, kept.lost_bytes)])
        await self._threads.run(Kind.JOURNAL, self._journal.forget, path)

    async def _append(self, acts: Sequence[Act]) -> None:
        """Those that are not there yet: a fold that was cut off begins again."""
        async with self._store.database.transaction() as connection:
            await self._store.state(connection, locked=True)
            known = await self._store.known(connection, [act.identity for act in acts])
            new = {act.identity: act for act in acts if act.identity not in known}
            if new:
                await self._store.append(connection, list(new.values()))

    async def _tell_lost(self) -> None:
        lost = self._journal.lost
        if lost:
            await self._append([self._note("ledger.acts_lost", "", lost)])
            self._journal.lost -= lost
            self._alarms.raised(ACTS_LOST, count=lost)

    def _told(self, reason: str, about: str) -> None:
        if reason in ON_RECORD:
            self._journal.add(self._note(f"ledger.{reason}", about, 1))

    def _note(self, action: str, subject: str, count: int) -> Act:
        utc_us = self._world.utc_us()
        return Act(
            identity=uuid7(utc_us // 1000, self._world.chance(RANDOM_BYTES)),
            utc_us=utc_us,
            actor="system",
            actor_name="ledger",
            action=action,
            subject=f"ledger:{subject}" if subject else "",
            outcome=Outcome.FAILED,
            detail={"count": count},
        )
