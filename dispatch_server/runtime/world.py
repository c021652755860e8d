"""The only clock and the only source of chance: everybody else is handed one of these."""

import os
import time

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7


class World:
    """This machine's time and entropy. Tests hand in one of their own."""

    def monotonic(self) -> float:
        """Seconds from some moment on; never goes back."""
        return time.monotonic()

    def utc_us(self) -> int:
        """The wall clock: microseconds since 1970-01-01 UTC; may jump."""
        return time.time_ns() // 1000

    def chance(self, count: int) -> bytes:
        """Random bytes fit for keys."""
        return os.urandom(count)

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return uuid7(self.utc_us() // 1000, self.chance(RANDOM_BYTES))
