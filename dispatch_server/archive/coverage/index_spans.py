"""What a segment's index says is kept and what is not, made short: whether it is proved is the verifier's question."""

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch_server.archive.coverage.coverage import union
from dispatch_server.archive.coverage.model import Absence, Span
from dispatch_server.protocol.footage import FragmentEntry, GapEntry, MalformedFootage, read_index, read_line

# Two fragments that touch are written as one: what a rounding leaves between them is no hole.
TOUCHING_US = 2_000
MOST_SPANS = 10_000  # of one segment: fragments that never touch would be a fault of their own


@dataclass(frozen=True, slots=True)
class SegmentSpans:
    """`bytes`: how much of the media file was announced when it was read."""

    recording_id: str
    number: int
    bytes: int
    spans: tuple[Span, ...]
    gaps: tuple[Absence, ...]


def read_spans(recording_id: str, number: int, index: bytes, announced_bytes: int) -> SegmentSpans:
    """Up to the announced end of the media, and up to the first line that is none."""
    spans: list[Span] = []
    gaps: list[Absence] = []
    whole, _ = read_index(index)
    for data in whole:
        try:
            entry = read_line(data).entry
        except MalformedFootage:
            break
        if isinstance(entry, GapEntry):
            gaps.append(Absence(entry.from_utc_us, entry.to_utc_us, entry.reason))
        elif isinstance(entry, FragmentEntry):
            if entry.offset + entry.bytes > announced_bytes:
                break
            spans.append(Span(entry.utc_us, entry.utc_us + entry.duration_us))
    short = union(spans, TOUCHING_US)[:MOST_SPANS]
    return SegmentSpans(recording_id, number, announced_bytes, tuple(short), tuple(gaps[:MOST_SPANS]))


def ends_of(ended: Iterable[tuple[int, str]], until_utc_us: int) -> list[Absence]:
    """After a recording ended nothing is kept for the reason that it ended for, unless something is."""
    return [Absence(at, until_utc_us, reason) for at, reason in ended if at < until_utc_us and reason]
