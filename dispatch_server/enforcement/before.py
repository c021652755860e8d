"""The check before the start: battery, space and clock against thresholds; it warns, and forbids nothing."""

from dataclasses import dataclass, replace

from dispatch_server.enforcement.model import Check, Trouble


@dataclass(frozen=True, slots=True)
class Thresholds:
    battery_percent: float
    storage_free_bytes: int
    clock_offset_us: int


def checked(check: Check, thresholds: Thresholds) -> Check:
    """With what is to be warned of. Power from outside makes up for a low battery; what is not known is warned of."""
    return replace(check, troubles=tuple(_troubles(check, thresholds)))


def _troubles(check: Check, thresholds: Thresholds) -> list[Trouble]:
    found = []
    if check.battery_percent is None:
        found += [Trouble.BATTERY_UNKNOWN] * (check.charging is not True)
    elif check.battery_percent < thresholds.battery_percent and not check.charging:
        found.append(Trouble.BATTERY_LOW)
    if check.storage_free_bytes is None:
        found.append(Trouble.STORAGE_UNKNOWN)
    elif check.storage_free_bytes < thresholds.storage_free_bytes:
        found.append(Trouble.STORAGE_LOW)
    if check.clock_offset_us is None:
        found.append(Trouble.CLOCK_UNKNOWN)
    elif abs(check.clock_offset_us) > thresholds.clock_offset_us:
        found.append(Trouble.CLOCK_WRONG)
    return found
