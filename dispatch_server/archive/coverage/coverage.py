"""Says of each moment of an enforcement whether it is kept live, kept by the master, or missing and why (pure).

A hole between two kept spans of up to `JOIN_US` counts as continuous: fragments are cut at pictures, a picture at
10 fps lasts 100 ms, and two fragments' times are measured apart (each by its first sample's arrival), so that a join
shorter than a picture is no loss that anybody could see. What was joined in this way is counted, never hidden: many
joins in a row show in `joined_us`.
"""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dispatch_server.archive.coverage.model import Absence, Coverage, Kind, Run, Span

JOIN_US = 100_000
NOT_KEPT = "nothing was kept"


@dataclass(frozen=True, slots=True)
class Kept:
    """All that is known of one terminal, in any order, with overlaps. Reasons: the earlier list counts more."""

    live: Sequence[Span] = ()
    masters: Sequence[Span] = ()
    pauses: Sequence[Absence] = ()  # stated
    gaps: Sequence[Sequence[Absence]] = ()  # found: the master's own, then the server's, then how recordings ended


def union(spans: Iterable[Span], join_us: int = 0) -> list[Span]:
    """In order, without overlap; what lies no more than `join_us` apart is one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.from_utc_us):
        if span.to_utc_us <= span.from_utc_us:
            continue
        if found and span.from_utc_us - found[-1].to_utc_us <= join_us:
            found[-1] = Span(found[-1].from_utc_us, max(found[-1].to_utc_us, span.to_utc_us))
        else:
            found.append(span)
    return found


def clipped(spans: Iterable[Span], begin: int, end: int) -> list[Span]:
    return [
        Span(max(one.from_utc_us, begin), min(one.to_utc_us, end))
        for one in spans
        if one.from_utc_us < end and one.to_utc_us > begin
    ]


def lacking(kept: Iterable[Span], begin: int, end: int) -> list[Span]:
    """What of a stretch is in none of the spans, but for joins."""
    found, at = [], begin
    for span in clipped(union(kept, JOIN_US), begin, end):
        if span.from_utc_us > at:
            found.append(Span(at, span.from_utc_us))
        at = span.to_utc_us
    return [*found, Span(at, end)] if at < end else found


def cover(begin: int, end: int, kept: Kept) -> tuple[tuple[Run, ...], int]:
    """
    Runs that cover begin..end without hole or overlap, and how much of them are joins.

    Live counts before the master: what was seen at the desk is told apart from what came later.
    """
    if end <= begin:
        return (), 0
    live = clipped(union(kept.live, JOIN_US), begin, end)
    masters = clipped(union(kept.masters, JOIN_US), begin, end)
    reasons = [[_Reasons(kept.pauses)], [_Reasons(gaps) for gaps in kept.gaps]]
    edges = {begin, end}
    known: list[Span | Absence] = [*live, *masters, *kept.pauses, *(gap for gaps in kept.gaps for gap in gaps)]
    for one in known:
        edges |= {min(max(one.from_utc_us, begin), end), min(max(one.to_utc_us, begin), end)}
    cuts = sorted(edges)
    in_live, in_masters = _Inside(live), _Inside(masters)
    runs = []
    for since, until in itertools.pairwise(cuts):
        if in_live.has(since):
            runs.append(Run(since, until, Kind.LIVE))
        elif in_masters.has(since):
            runs.append(Run(since, until, Kind.BACKFILLED))
        else:
            runs.append(_missing(since, until, *reasons))
    joined = _joined(_merged(runs))
    seen_us = sum(run.length_us for run in joined if run.kind is not Kind.MISSING)
    return joined, seen_us - _length(clipped(union([*kept.live, *kept.masters]), begin, end))


def judge(enforcement_id: str, department: str, source: str, begin: int, end: int, kept: Kept) -> Coverage:
    """The coverage of one terminal; of ANY when `kept` is of all of them."""
    runs, joined_us = cover(begin, end, kept)
    missing = [run for run in runs if run.kind is Kind.MISSING]
    missing_us = sum(run.length_us for run in missing)
    is_complete = bool(runs) and all(stretch <= JOIN_US for stretch in _stretches(runs))
    total = max(1, end - begin)
    per_mille = 1000 if is_complete else min(999, (total - missing_us) * 1000 // total) if runs else 0
    stated_us = sum(run.length_us for run in missing if run.stated)
    return Coverage(
        enforcement_id, department, source, runs, per_mille, missing_us, stated_us, joined_us, is_complete
    )  # fmt: skip


def _stretches(runs: Sequence[Run]) -> list[int]:
    """Lengths of what is missing at a stretch, whatever the reasons."""
    missing = [Span(run.from_utc_us, run.to_utc_us) for run in runs if run.kind is Kind.MISSING]
    return [_length([one]) for one in union(missing)]


def _length(spans: Iterable[Span]) -> int:
    return sum(one.to_utc_us - one.from_utc_us for one in spans)


class _Inside:
    """Whether a moment lies in one of some disjoint spans."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._begins = [one.from_utc_us for one in spans]

    def has(self, utc_us: int) -> bool:
        place = bisect_right(self._begins, utc_us) - 1
        return place >= 0 and utc_us < self._spans[place].to_utc_us


class _Reasons:
    """The reason at a moment: of what began last and has not ended."""

    def __init__(self, absences: Iterable[Absence]) -> None:
        self._absences = sorted(absences, key=lambda one: one.from_utc_us)
        self._begins = [one.from_utc_us for one in self._absences]
        self._latest: list[int] = []  # the latest end up to each place: where the search may stop
        for one in self._absences:
            self._latest.append(max(one.to_utc_us, self._latest[-1] if self._latest else one.to_utc_us))

    def at(self, utc_us: int) -> str | None:
        place = bisect_right(self._begins, utc_us) - 1
        while place >= 0 and self._latest[place] > utc_us:
            if self._absences[place].to_utc_us > utc_us:
                return self._absences[place].reason
            place -= 1
        return None


def _missing(since: int, until: int, stated: Sequence[_Reasons], found: Sequence[_Reasons]) -> Run:
    for is_stated, lists in ((True, stated), (False, found)):
        for reasons in lists:
            reason = reasons.at(since)
            if reason is not None:
                return Run(since, until, Kind.MISSING, reason, is_stated)
    return Run(since, until, Kind.MISSING, NOT_KEPT)


def _merged(runs: Iterable[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        if last is not None and (last.kind, last.reason, last.stated) == (run.kind, run.reason, run.stated):
            merged[-1] = replace(last, to_utc_us=run.to_utc_us)
        else:
            merged.append(run)
    return merged


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    """Short holes between two kept runs belong to the earlier one; at either end they stay what they are."""
    result: list[Run] = []
    hole: list[Run] = []
    for run in runs:
        if run.kind is Kind.MISSING:
            hole.append(run)
            continue
        if hole and result and sum(one.length_us for one in hole) <= JOIN_US:
            result[-1] = replace(result[-1], to_utc_us=run.from_utc_us)
        else:
            result += hole
        hole = []
        result.append(run)
    return tuple(_merged([*result, *hole]))
