"""When the disk will be full, out of what was recorded each day and how long that is kept (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

LOOKED_AT_DAYS = 14
HORIZON_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Forecast:
    """Days are counted from 1970-01-01. None: not within ten years, or nothing was recorded."""

    bytes_per_day: int
    full_day: int | None  # when nothing is destroyed
    full_day_with_destruction: int | None  # when each list is made and approved on its day


def forecast(
    by_day: Mapping[int, int], today: int, free_bytes: int, keep_days: int, ends: Mapping[int, int] | None = None
) -> Forecast:
    """
    `by_day`: bytes that were recorded each day and are still there; `keep_days`: least age at which any of it goes.
    `ends`: bytes that no rule of days lets go (held, of cases, permanent), by the day they were recorded.
    """
    stays = ends or {}
    rate = rate_of(by_day, today)
    if not rate:
        return Forecast(0, None, None)
    days = -(-max(free_bytes, 0) // rate)
    full = today + days if days <= HORIZON_DAYS else None
    left, overdue = free_bytes, sum(_going(by_day, stays, day) for day in by_day if day < today - keep_days)
    left += overdue
    for ahead in range(HORIZON_DAYS + 1):
        if left <= 0:
            return Forecast(rate, full, today + ahead)
        recorded = today + ahead - keep_days
        left += _going(by_day, stays, recorded) if recorded < today else rate
        left -= rate
    return Forecast(rate, full, None)


def rate_of(by_day: Mapping[int, int], today: int) -> int:
    """Over the last whole days, or those since the first recording if that is not so long ago; without today."""
    first = min((day for day in by_day if day < today), default=None)
    if first is None:
        return by_day.get(today, 0)
    begin = max(first, today - LOOKED_AT_DAYS)
    return sum(size for day, size in by_day.items() if begin <= day < today) // (today - begin)


def _going(by_day: Mapping[int, int], stays: Mapping[int, int], day: int) -> int:
    return max(0, by_day.get(day, 0) - stays.get(day, 0))
