"""A bounded queue into one task: others leave things in it without waiting, and what is over the bound is counted."""

import asyncio
from collections import deque
from enum import Enum
from typing import Generic, TypeVar

from dispatch_server.runtime.counters import Counters

T = TypeVar("T")


class WhenFull(Enum):
    DROP_OLDEST = "oldest dropped"  # the newest state counts
    DROP_NEWEST = "newest dropped"  # what was begun counts


class Mailbox(Generic[T]):
    """`put` from the loop's own thread only; one reader."""

    def __init__(self, name: str, limit: int, when_full: WhenFull, counters: Counters) -> None:
        self.name = name
        self.dropped = 0
        self._limit = limit
        self._when_full = when_full
        self._counters = counters
        self._things: deque[T] = deque()
        self._wake = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._things)

    def put(self, thing: T) -> bool:
        """True when nothing was lost by it."""
        if self._closed:
            return self._lost("closed")
        full = len(self._things) >= self._limit
        if full and self._when_full is WhenFull.DROP_NEWEST:
            return self._lost(self._when_full.value)
        if full:
            self._things.popleft()
            self._lost(self._when_full.value)
        self._things.append(thing)
        self._wake.set()
        return not full

    async def get(self) -> T | None:
        """The next thing; None when the box is closed and empty."""
        while not self._things:
            if self._closed:
                return None
            self._wake.clear()
            await self._wake.wait()
        return self._things.popleft()

    async def get_all(self) -> list[T]:
        """Everything that waits, at least one thing; empty when the box is closed and empty."""
        first = await self.get()
        if first is None:
            return []
        things = [first, *self._things]
        self._things.clear()
        return things

    def close(self) -> None:
        """Nothing more goes in; the reader gets what is left, then None."""
        self._closed = True
        self._wake.set()

    def _lost(self, reason: str) -> bool:
        self.dropped += 1
        self._counters.dropped(self.name, reason)
        return False
