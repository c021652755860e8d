"""How fast recordings are sealed and read again, and how often."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SealLimits:
    with_sm3: bool = False
    scrub_days: float = 30.0  # 0: never
    tick_s: float = 5.0
    page: int = 50
    due: int = 200
    idle_s: float = 60.0  # between two looks for what is due
    totals_s: float = 300.0  # between two sums over all rows
    later_s: float = 3600.0  # before what could not be sealed is tried again
    later: int = 10_000  # of them that are remembered
    seal_bytes_s: int = 64 << 20
    least_scrub_bytes_s: int = 1 << 20
    step_bytes: int = 4 << 20
    queue_bytes: int = 8 << 20  # while more waits for the disk, nothing is read for its own sake
    damaged: int = 1000  # that are told anew at the start
    stamps: int = 20
