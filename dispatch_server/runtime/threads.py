"""Work that blocks, off the loop: a few named threads of each kind, and a bound on what waits for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from typing import ParamSpec, TypeVar

from dispatch_server.kit.errors import Unavailable
from dispatch_server.runtime.counters import Counters
from dispatch_server.settings import ThreadSettings

P = ParamSpec("P")
T = TypeVar("T")


class Kind(StrEnum):
    DISK = "disk"
    DECODE = "decode"
    GENERAL = "general"
    JOURNAL = "journal"


class ThreadsBusy(Unavailable):
    """As much waits for these threads as the settings allow."""

    def __init__(self, kind: Kind) -> None:
        super().__init__("threads_busy", f"Too much waits for the {kind} threads.", retry_after_s=1)


class Threads:
    """`await threads.run(Kind.DISK, function, ...)`."""

    def __init__(self, settings: ThreadSettings, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._pools: dict[Kind, ThreadPoolExecutor] = {}
        self._in_hand = dict.fromkeys(Kind, 0)
        for kind in Kind:
            counters.gauge(f"threads_{kind}_in_hand", f"Jobs of the {kind} threads.", partial(self.in_hand, kind))

    def in_hand(self, kind: Kind) -> int:
        """Jobs that run or wait."""
        return self._in_hand[kind]

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Threads"]:
        """At the end jobs that run are waited for, those that wait are cancelled."""
        for kind in Kind:
            self._pools[kind] = ThreadPoolExecutor(getattr(self._settings, kind.value), f"dispatch-{kind}")
        try:
            yield self
        finally:
            pools, self._pools = self._pools, {}
            for pool in pools.values():
                await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def run(self, kind: Kind, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns or raises; ThreadsBusy when too many wait. To cancel does not stop a thread."""
        pool = self._pools.get(kind)
        if pool is None or self._in_hand[kind] >= self._settings.queue + getattr(self._settings, kind.value):
            self._counters.dropped(f"{kind} threads", "queue full")
            raise ThreadsBusy(kind)
        self._in_hand[kind] += 1
        future = asyncio.get_running_loop().run_in_executor(pool, partial(function, *args, **kwargs))
        future.add_done_callback(partial(self._done, kind))
        return await future

    def _done(self, kind: Kind, _: object) -> None:
        self._in_hand[kind] -= 1
