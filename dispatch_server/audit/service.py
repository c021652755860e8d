"""The ledger as the other rooms know it: an act is durable when `enter` returns, or what it tells of is not done."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.journal import Journal
from dispatch_server.audit.limits import LedgerLimits
from dispatch_server.audit.store import LedgerStore
from dispatch_server.kit.acts import Act, LedgerAway
from dispatch_server.runtime.database import DatabaseAway

NOT_WRITABLE = "not_writable"
# Whatever keeps a line from being written refuses what it tells of; a damaged state is a ValueError.
_AWAY = (DatabaseAway, SQLAlchemyError, ValueError)


@dataclass(slots=True, eq=False)
class _Entry:
    act: Act
    done: asyncio.Future[None]
    taken: bool = field(default=False, init=False)


class Ledger:
    """
    identity.ports.LedgerPort. Acts that wait at the same time share one transaction and one sync of the disk.

    Whoever holds a transaction must hand it in: `enter` without it would wait for the writer that waits for it.
    """

    def __init__(self, store: LedgerStore, journal: Journal, limits: LedgerLimits, alarms: Alarms) -> None:
        self.entered = 0  # by this node, also those whose transaction was taken back afterwards
        self.refused = 0
        self._store = store
        self._journal = journal
        self._limits = limits
        self._alarms = alarms
        self._waiting: deque[_Entry] = deque()
        self._wake = asyncio.Event()
        self._runs = False

    async def enter(self, act: Act, connection: Any = None) -> None:
        """Durable when it returns, or at the commit of `connection`'s transaction. Raises LedgerAway."""
        if connection is None:
            await self._enter_alone(act)
            return
        try:
            await self._store.append(connection, [act])
        except _AWAY as error:
            if not connection.in_nested_transaction():
                with suppress(SQLAlchemyError):
                    await connection.rollback()  # whoever passes over the refusal changes nothing either
            self.refused += 1
            raise self._away(error) from error
        self.entered += 1

    def journal(self, act: Act) -> None:
        """Never waits for the database and never refuses."""
        self._journal.add(act)

    def open(self) -> None:
        """From here on `run` takes what waits."""
        self._runs = True

    async def run(self) -> None:
        """Writes what waits; until it is cancelled."""
        self.open()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while batch := self._take():
                    await self._write(batch)
        finally:
            self._runs = False
            self._refuse_waiting()

    async def _enter_alone(self, act: Act) -> None:
        if not self._runs or len(self._waiting) >= self._limits.queue:
            self.refused += 1
            raise LedgerAway
        entry = _Entry(act, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._wake.set()
        try:
            await asyncio.wait([entry.done], timeout=self._limits.wait_s)
            if not entry.done.done() and not entry.taken:
                self.refused += 1
                raise LedgerAway
            await entry.done  # what is being written has the database's deadlines
        finally:
            entry.done.cancel()  # who went away meanwhile is passed over

    def _take(self) -> list[_Entry]:
        batch: list[_Entry] = []
        while self._waiting and len(batch) < self._limits.batch:
            entry = self._waiting.popleft()
            if not entry.done.done():
                entry.taken = True
                batch.append(entry)
        return batch

    async def _write(self, batch: list[_Entry]) -> None:
        try:
            async with self._store.database.transaction() as connection:
                await self._store.append(connection, [entry.act for entry in batch])
        except _AWAY as error:
            if len(batch) > 1 and not isinstance(error, DatabaseAway):
                for entry in batch:  # one of them is at fault: it does not take the others along
                    await self._write([entry])
                return
            self._finish(batch, self._away(error))
            if isinstance(error, DatabaseAway):
                self._refuse_waiting()  # they would wait for the same database as long again
        else:
            self.entered += len(batch)
            self._alarms.over(NOT_WRITABLE)
            self._finish(batch, None)
        finally:
            self._finish(batch, LedgerAway())

    def _finish(self, batch: list[_Entry], refusal: LedgerAway | None) -> None:
        for entry in batch:
            if entry.done.done():
                continue
            if refusal is None:
                entry.done.set_result(None)
            else:
                self.refused += 1
                entry.done.set_exception(refusal)

    def _refuse_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        self._finish(list(waiting), LedgerAway())

    def _away(self, error: Exception) -> LedgerAway:
        self._alarms.raised(NOT_WRITABLE, error=str(getattr(error, "orig", None) or error)[:300])
        return LedgerAway()
