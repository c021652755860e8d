"""A ledger over a real database, with a clock that the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.audit.assembly import AuditRoom, Bounds, Ground
from dispatch_server.audit.witness import Deliver
from dispatch_server.kit.acts import Act, Outcome
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import DatabaseSettings, ThreadSettings
from tests.worlds import TestWorld


@dataclass
class Node:
    """One server's ledger; several may share a database."""

    url: str
    folder: Path
    wait_s: float = 20.0
    bounds: Bounds = field(default_factory=Bounds)
    witnesses: dict[str, Deliver] | None = None
    seed: int = 1
    kind: type[Database] = Database

    def __post_init__(self) -> None:
        self.world = TestWorld(self.seed)
        self.counters = Counters()
        self.threads = Threads(ThreadSettings(), self.counters)
        settings = DatabaseSettings(url=Secret(self.url), wait_s=self.wait_s, statement_s=self.wait_s)
        self.database = self.kind(settings, self.counters)
        self.keys = KeyRing(self.folder, self.world)
        ground = Ground(self.world, self.counters, self.threads, self.database, self.keys, self.folder / "ledger")
        self.room = AuditRoom(ground, self.bounds, self.witnesses)
        self.ledger = self.room.ledger

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Node"]:
        self.keys.open()
        async with TaskScope("test", self.counters) as scope:
            await scope.enter("threads", self.threads.opened())
            await scope.enter("database", self.database.opened())
            await self.room.open(scope)
            yield self

    def act(self, action: str = "stream.watch", number: int = 0, **more: object) -> Act:
        fields: dict[str, object] = {
            "identity": self.world.new_id(),
            "utc_us": self.world.utc_us(),
            "actor": "person:p1",
            "actor_name": "王芳",
            "action": action,
            "subject": f"stream:{number}",
            "department": "13/02",
            "address": "192.0.2.7",
            "session": "s1",
            "outcome": Outcome.DONE,
            "detail": {"layer": "main", "number": number},
        }
        return Act(**{**fields, **more})  # type: ignore[arg-type]

    async def lines(self) -> list[bytes]:
        async with self.database.reading() as connection:
            size = (await self.room.store.state(connection)).frontier.size
            return await self.room.store.lines(connection, 0, size)


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'dispatch.sqlite3'}"
