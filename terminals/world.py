"""The only clock and chance of a terminal."""

import os
import time


def monotonic() -> float:
    """Seconds; never jumps."""
    return time.monotonic()


def utc_us() -> int:
    """The device's own wall clock in microseconds; the server keeps it beside its own."""
    return time.time_ns() // 1000


def chance(count: int) -> bytes:
    """Random bytes fit for keys."""
    return os.urandom(count)
