"""The only clock and the only source of chance: everybody else is handed one of these."""

import os
import time
from pathlib import Path

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class World:
    """This machine's time and entropy. Tests hand in one of their own."""

    def monotonic(self) -> float:
        """Seconds from some moment on; never goes back."""
        return time.monotonic()

    def boottime_us(self) -> int:
        """Microseconds since this machine was switched on, while it sleeps as well; nobody can set it."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000

    def boot_id(self) -> str:
        """Another one after each boot; empty where the system has none."""
        try:
            return _BOOT_ID.read_text("ascii").strip()[:64]
        except (OSError, ValueError):
            return ""

    def utc_us(self) -> int:
        """The wall clock: microseconds since 1970-01-01 UTC; may jump."""
        return time.time_ns() // 1000

    def chance(self, count: int) -> bytes:
        """Random bytes fit for keys."""
        return os.urandom(count)

    def new_id(self) -> str:
        """A fresh UUIDv7."""
        return uuid7(self.utc_us() // 1000, self.chance(RANDOM_BYTES))
