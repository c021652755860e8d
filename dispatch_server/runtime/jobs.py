"""Work that comes round again: each job is a task of its own, never twice at a time, counted when it fails."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World

_log = log_of("jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """`run` every `interval_s`, counted from its end; `longest_s` ends it as failed."""

    name: str
    interval_s: float
    run: Callable[[], Awaitable[object]]
    longest_s: float = 60.0
    at_once: bool = False  # the first time without waiting
    one_node: bool = False  # only where the lease for it is held


class Leases(Protocol):
    """Who may run a job that one node alone should run; a table with expiry does it between several nodes."""

    async def holds(self, job: str) -> bool: ...


class OnlyNode:
    """There is no other node."""

    async def holds(self, job: str) -> bool:
        return True


class Jobs:
    """Starts jobs in a scope and keeps their figures."""

    def __init__(self, world: World, counters: Counters, leases: Leases | None = None) -> None:
        self.failures: dict[str, int] = {}
        self.runs: dict[str, int] = {}
        self._world = world
        self._counters = counters
        self._leases = leases or OnlyNode()

    def start(self, scope: TaskScope, job: Job) -> None:
        scope.start(f"job {job.name}", lambda: self._loop(job))

    async def _loop(self, job: Job) -> None:
        if not job.at_once:
            # Not all at the same moment, on this node or between nodes.
            await asyncio.sleep(job.interval_s * (0.5 + self._world.chance(1)[0] / 512))
        while True:
            if not job.one_node or await self._leases.holds(job.name):
                await self._once(job)
            await asyncio.sleep(job.interval_s)

    async def _once(self, job: Job) -> None:
        try:
            async with asyncio.timeout(job.longest_s):
                await job.run()
        except TimeoutError:
            self.failures[job.name] = self.failures.get(job.name, 0) + 1
            self._counters.task_failed(f"job {job.name}")
            _log.error("job took too long", job=job.name, longest_s=job.longest_s)
        else:
            self.runs[job.name] = self.runs.get(job.name, 0) + 1
