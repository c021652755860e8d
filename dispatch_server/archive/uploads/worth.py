"""In which order a terminal is asked for what it has: first what nobody else kept, then the newest (pure)."""

from collections.abc import Iterable, Sequence

from dispatch_server.archive.uploads.model import AnnouncedSegment

Run = tuple[int, int]  # from, to: UTC microseconds
SLIGHT_US = 200_000  # the edges of two recordings never meet exactly


def lacking_of(runs: Iterable[Run], from_utc_us: int, to_utc_us: int) -> list[Run]:
    """What of a time lies in none of the runs that were kept."""
    lacking, at = [], from_utc_us
    for begin, end in sorted(runs):
        if begin > at:
            lacking.append((at, min(begin, to_utc_us)))
        at = max(at, end)
        if at >= to_utc_us:
            break
    if at < to_utc_us:
        lacking.append((at, to_utc_us))
    return [(begin, end) for begin, end in lacking if end > begin]


def shared_us(lacking: Sequence[Run], segment: AnnouncedSegment) -> int:
    return sum(max(0, min(end, segment.to_utc_us) - max(begin, segment.from_utc_us)) for begin, end in lacking)


def in_order_of_worth(segments: Iterable[AnnouncedSegment], lacking: Sequence[Run]) -> list[int]:
    """Numbers of those without a receipt."""
    wanted = [segment for segment in segments if segment.receipt is None]
    wanted.sort(key=lambda one: (shared_us(lacking, one) <= SLIGHT_US, -one.from_utc_us, one.number))
    return [segment.number for segment in wanted]
