"""The ledger of acts: how many a second become durable, how long one waits, and how fast the whole is verified."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from bench.load import percentile
from bench.table import Row, within
from dispatch_server.audit.assembly import AuditRoom, Bounds, Ground
from dispatch_server.audit.export import Exporter
from dispatch_server.audit.sources import Outside, examine
from dispatch_server.kit.acts import Act
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import DatabaseSettings, ThreadSettings

FILE = "ledger.sqlite3"
AT_ONCE = 200
FILLED = 20_000


class Bench:
    """A ledger in a folder of its own, synced as in production."""

    def __init__(self, folder: Path) -> None:
        self.world, self.folder = World(), folder
        counters = Counters()
        settings = DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{folder / FILE}"), wait_s=30)
        self.threads, self.database = Threads(ThreadSettings(), counters), Database(settings, counters)
        self.keys = KeyRing(folder, self.world)
        ground = Ground(self.world, counters, self.threads, self.database, self.keys, folder / "ledger")
        self.room = AuditRoom(ground, Bounds())
        self._scope = TaskScope("bench", counters)

    async def opened(self, stack: AsyncExitStack) -> None:
        self.keys.open()
        scope = await stack.enter_async_context(self._scope)
        await scope.enter("threads", self.threads.opened())
        await scope.enter("database", self.database.opened())
        await self.room.open(scope)

    def act(self, number: int) -> Act:
        return Act(
            identity=self.world.new_id(),
            utc_us=self.world.utc_us(),
            actor=f"person:{number % 50}",
            actor_name="王芳",
            action="recording.play",
            subject=f"recording:{number}",
            department="13/02",
            address="192.0.2.7",
            session=self.world.new_id(),
            detail={"reason": "复核", "part": number},
        )

    async def alone_s(self, count: int) -> list[float]:
        """Seconds of each, one after the other."""
        found = []
        for number in range(count):
            begun = time.perf_counter()
            await self.room.ledger.enter(self.act(number))
            found.append(time.perf_counter() - begun)
        return found

    async def together_per_s(self, count: int) -> float:
        """As many people act at once."""
        rest = iter(range(count))

        async def person() -> None:
            for number in rest:
                await self.room.ledger.enter(self.act(number))

        begun = time.perf_counter()
        await asyncio.gather(*(person() for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - begun)

    async def export(self, path: Path) -> float:
        """Acts a second."""
        signer = self.room.signer
        assert signer is not None
        begun, exporter = time.perf_counter(), Exporter(self.room.store, lambda: signer, self.room.heads.sign)
        with path.open("wb") as file:
            async for part in exporter.parts():
                file.write(part)
        head = self.room.heads.newest()
        return (head.size if head else 0) / (time.perf_counter() - begun)


def verified_per_s(path: Path) -> float:
    begun = time.perf_counter()
    report = examine(path, Outside())
    assert report.is_good, list(report.said())
    return report.acts / (time.perf_counter() - begun)


def at_least(what: str, value: float, limit: float, detail: str = "") -> Row:
    return Row(what, f"{value:.0f} acts/s{'; ' + detail if detail else ''}", f"≥ {limit:g} acts/s", value >= limit)


async def _measured(folder: Path, seconds: float) -> tuple[list[float], float, float]:
    async with AsyncExitStack() as stack:
        bench = Bench(folder)
        await bench.opened(stack)
        waits = await bench.alone_s(int(30 * seconds))
        together = await bench.together_per_s(FILLED)
        return waits, together, await bench.export(folder / "ledger.jsonl")


def ledger_rows(seconds: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        waits, together, exported = asyncio.run(_measured(folder, seconds))
        one = f"p99 {percentile(waits, 0.99) * 1000:.1f} ms, {len(waits) / sum(waits):.0f} acts/s one after the other"
        yield within("an act is durable, p50", percentile(waits, 0.5) * 1000, 20, "ms", one)
        yield at_least(f"acts of {AT_ONCE} people at once, synced", together, 1000)
        yield at_least("verify a database", verified_per_s(folder / FILE), 10_000)
        file = folder / "ledger.jsonl"
        yield at_least("verify an exported file", verified_per_s(file), 10_000, f"exported at {exported:.0f} acts/s")


if __name__ == "__main__":
    import sys

    for row in ledger_rows(10.0):
        sys.stdout.write(f"{row.what}: {row.measured} ({row.budget}) {row.verdict}\n")
