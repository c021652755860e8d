"""A clock that a test moves and chance that repeats, in place of runtime/world.py."""

import random

from dispatch_server.runtime.world import World

BEGIN_UTC_US = 1_790_000_000_000_000  # September 2026


class TestWorld(World):
    """`world.advance(seconds)` moves both clocks."""

    __test__ = False

    def __init__(self, seed: int = 1) -> None:
        self.now = 1000.0
        self.boot = "boot-1"
        self.wall_us = BEGIN_UTC_US
        self._random = random.Random(seed)

    def monotonic(self) -> float:
        return self.now

    def boottime_us(self) -> int:
        return int(self.now * 1_000_000)

    def boot_id(self) -> str:
        return self.boot

    def utc_us(self) -> int:
        return self.wall_us

    def chance(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.wall_us += int(seconds * 1_000_000)
