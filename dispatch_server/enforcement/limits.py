"""The bounds of this room."""

from dataclasses import dataclass

from dispatch_server.enforcement.before import Thresholds


@dataclass(frozen=True, slots=True)
class EnforcementLimits:
    """
    `late_us`: how long ago an opening may have happened; `ahead_us`: how far a clock may be before ours;
    `prompt_us`: what a terminal tells later than this has happened, and is recorded with its faults.
    """

    thresholds: Thresholds
    late_us: int
    ahead_us: int
    prompt_us: int
    silent_us: int
    commands_per_minute: int
    refresh_s: float
    waiting: int  # opened and not begun, in one department
    lists: int = 32
    rate_keys: int = 4_096
