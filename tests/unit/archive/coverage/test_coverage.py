"""Every moment of an enforcement is in exactly one run, and no reason gets lost."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.archive.coverage import coverage
from dispatch_server.archive.coverage.coverage import JOIN_US, NOT_KEPT, Kept, cover, judge, lacking, union
from dispatch_server.archive.coverage.model import Absence, Kind, Run, Span

S = 1_000_000
MS = 1_000
BEGIN = 1_790_000_000 * S
MOMENTS = st.integers(min_value=-50, max_value=450).map(lambda tenths: BEGIN + tenths * 100 * MS + tenths)
SPANS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda two: Span(min(two), max(two))), max_size=12)
REASONS = st.lists(
    st.tuples(MOMENTS, MOMENTS, st.sampled_from(["cut", "disk full", "battery"])).map(
        lambda three: Absence(min(three[:2]), max(three[:2]), three[2])
    ),
    max_size=6,
)
END = BEGIN + 40 * S


def fragments(since_s: float, until_s: float, step_ms: int = 1000) -> list[Span]:
    """As a recorder cuts them: each with an error of its own in its time, of up to 40 ms."""
    found, at, end = [], int(since_s * 1000), int(until_s * 1000)
    while at < end:
        until = min(end, at + step_ms)
        shake = (at // step_ms * 7) % 40 * MS if at != int(since_s * 1000) else 0
        found.append(Span(BEGIN + at * MS + shake, BEGIN + until * MS))
        at = until
    return found


def is_in(spans: list[Span], utc_us: int) -> bool:
    return any(one.from_utc_us <= utc_us < one.to_utc_us for one in spans)


def agrees(live: list[Span], masters: list[Span], pauses: list[Absence], gaps: list[Absence]) -> None:
    runs, joined_us = cover(BEGIN, END, Kept(live, masters, pauses, [gaps]))
    assert runs[0].from_utc_us == BEGIN and runs[-1].to_utc_us == END
    assert all(one.to_utc_us == other.from_utc_us for one, other in itertools.pairwise(runs))
    assert sum(run.length_us for run in runs) == END - BEGIN
    strange = 0
    for run in runs:
        assert run.length_us > 0
        for utc_us in (run.from_utc_us, (run.from_utc_us + run.to_utc_us) // 2, run.to_utc_us - 1):
            in_live, in_masters = is_in(live, utc_us), is_in(masters, utc_us)
            kind = Kind.LIVE if in_live else Kind.BACKFILLED if in_masters else Kind.MISSING
            if run.kind is Kind.MISSING:
                assert kind is Kind.MISSING, "what is kept is never said to be missing"
                stated = [one.reason for one in pauses if one.from_utc_us <= utc_us < one.to_utc_us]
                found = [one.reason for one in gaps if one.from_utc_us <= utc_us < one.to_utc_us]
                assert run.reason in (stated or found or [NOT_KEPT])
                assert run.stated == bool(stated)
            elif kind is not run.kind:
                strange += 1  # a join: what belongs to nothing is the earlier run's
                assert is_in(coverage.union([*live, *masters], JOIN_US), utc_us)
                assert run.kind is Kind.LIVE or not in_live
    missing_us = sum(run.length_us for run in runs if run.kind is Kind.MISSING)
    kept_us = sum(one.to_utc_us - one.from_utc_us for one in coverage.clipped(union([*live, *masters]), BEGIN, END))
    assert missing_us + kept_us + joined_us == END - BEGIN
    assert strange == 0 or joined_us > 0 or masters
    holes = lacking([*live, *masters], BEGIN, END)
    assert missing_us == sum(one.to_utc_us - one.from_utc_us for one in holes)


@settings(max_examples=400, deadline=None)
@given(SPANS, SPANS, REASONS, REASONS)
def test_every_moment_is_in_exactly_one_run(
    live: list[Span], masters: list[Span], pauses: list[Absence], gaps: list[Absence]
) -> None:
    agrees(live, masters, pauses, gaps)


def _without_the_last(spans: list[Span]) -> list[Span]:
    return union(spans)[:-1]


def _without_overlaps(spans: list[Span]) -> list[Span]:
    """A union that lets a short span behind a long one cut it."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: one.from_utc_us):
        if found and span.from_utc_us <= found[-1].to_utc_us:
            found[-1] = Span(found[-1].from_utc_us, span.to_utc_us)
        else:
            found.append(span)
    return found


@pytest.mark.parametrize("wrong", [_without_the_last, _without_overlaps])
def test_a_wrong_union_is_found(wrong: Callable[[list[Span]], list[Span]], monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness is shown to fail before its pass is believed."""
    live = [Span(BEGIN, BEGIN + 20 * S), Span(BEGIN + 5 * S, BEGIN + 6 * S), Span(BEGIN + 30 * S, BEGIN + 31 * S)]
    agrees(live, [], [], [])
    monkeypatch.setattr(coverage, "union", lambda spans, join_us=0: wrong(list(spans)))
    with pytest.raises(AssertionError):
        agrees(live, [], [], [])


@given(SPANS, SPANS)
def test_what_is_lacking_is_what_is_missing(live: list[Span], masters: list[Span]) -> None:
    spans = lacking([*live, *masters], BEGIN, END)
    kept_us = sum(
        one.to_utc_us - one.from_utc_us for one in coverage.clipped(union([*live, *masters], JOIN_US), BEGIN, END)
    )
    assert sum(one.to_utc_us - one.from_utc_us for one in spans) + kept_us == END - BEGIN
    assert not any(is_in([*live, *masters], one.from_utc_us) for one in spans)


@pytest.mark.parametrize("cut_s", [1, 5, 29, 31, 60, 300])
def test_a_cut_is_made_good_by_the_master(cut_s: int) -> None:
    """Reliability N3: the link is away for so long, the master goes on."""
    whole_s = 400
    live = [*fragments(0, 50), *fragments(50 + cut_s, whole_s)]
    lost = Absence(BEGIN + 50 * S, BEGIN + (50 + cut_s) * S, "publisher lost")
    begin, end = BEGIN, BEGIN + whole_s * S
    alone = judge("e", "13", "T1301", begin, end, Kept(live, gaps=[[lost]]))
    missing = [run for run in alone.runs if run.kind is Kind.MISSING]
    assert [run.reason for run in missing] == ["publisher lost"]
    assert cut_s * S <= alone.missing_us <= cut_s * S + JOIN_US and not alone.is_complete and alone.per_mille < 1000
    both = judge("e", "13", "T1301", begin, end, Kept(live, fragments(0, whole_s), gaps=[[lost]]))
    assert (both.per_mille, both.missing_us, both.is_complete) == (1000, 0, True)
    backfilled = sum(run.length_us for run in both.runs if run.kind is Kind.BACKFILLED)
    assert abs(backfilled - cut_s * S) <= JOIN_US
    assert [run.kind for run in both.runs] == ["live", "backfilled", "live"], "no run for each join"
    assert both.joined_us <= whole_s * 40 * MS
    half = judge("e", "13", "T1301", begin, end, Kept(live, fragments(0, 50 + cut_s / 2), gaps=[[lost]]))
    assert not half.is_complete and 0 < half.missing_us < alone.missing_us


@pytest.mark.parametrize("clock_h", [-1, 0, 1])
@pytest.mark.parametrize("error_ms", [-100, 100])
def test_a_terminals_wrong_clock_is_matched_by_its_measured_offset(clock_h: int, error_ms: int) -> None:
    """Reliability T1: a master's times are the terminal's clock minus the offset that was measured."""
    own_offset_us = clock_h * 3600 * S
    measured_us = own_offset_us + error_ms * MS
    own = [Span(one.from_utc_us + own_offset_us, one.to_utc_us + own_offset_us) for one in fragments(0, 100)]
    shown = [Span(one.from_utc_us - measured_us, one.to_utc_us - measured_us) for one in own]
    live = [*fragments(0, 30), *fragments(60, 100)]
    assert all(abs(a.from_utc_us - b.from_utc_us) <= 200 * MS for a, b in zip(shown, fragments(0, 100), strict=True))
    right = judge("e", "13", "T1301", BEGIN, BEGIN + 100 * S, Kept(live, shown))
    assert right.is_complete
    if clock_h:  # without the offset it does not match, and that is seen
        assert not judge("e", "13", "T1301", BEGIN, BEGIN + 100 * S, Kept(live, own)).is_complete


def test_short_joins_are_continuous_and_counted() -> None:
    live = [Span(BEGIN, BEGIN + S), Span(BEGIN + S + JOIN_US, BEGIN + 2 * S)]
    assert cover(BEGIN, BEGIN + 2 * S, Kept(live)) == ((Run(BEGIN, BEGIN + 2 * S, Kind.LIVE),), JOIN_US)
    longer = [live[0], Span(BEGIN + S + JOIN_US + 1, BEGIN + 2 * S)]
    assert [run.kind for run in cover(BEGIN, BEGIN + 2 * S, Kept(longer))[0]] == ["live", "missing", "live"]
    # Two reasons for one hole do not make it two joins.
    gaps = [[Absence(BEGIN + S, BEGIN + S + 60 * MS, "a"), Absence(BEGIN + S + 60 * MS, BEGIN + S + 120 * MS, "b")]]
    hole = [live[0], Span(BEGIN + S + 120 * MS, BEGIN + 2 * S)]
    judged = judge("e", "13", "T", BEGIN, BEGIN + 2 * S, Kept(hole, gaps=gaps))
    assert [run.reason for run in judged.runs] == ["", "a", "b", ""] and not judged.is_complete


def test_a_stated_reason_counts_before_one_that_was_found() -> None:
    pause, gap = Absence(BEGIN, BEGIN + 10 * S, "lunch"), Absence(BEGIN, BEGIN + 20 * S, "publisher lost")
    judged = judge("e", "13", "T", BEGIN, BEGIN + 30 * S, Kept(pauses=[pause], gaps=[[gap]]))
    assert [(run.reason, run.stated) for run in judged.runs] == [
        ("lunch", True),
        ("publisher lost", False),
        (NOT_KEPT, False),
    ]
    assert (judged.stated_us, judged.missing_us, judged.per_mille) == (10 * S, 30 * S, 0)


def test_nothing_has_no_runs() -> None:
    assert cover(BEGIN, BEGIN, Kept()) == ((), 0)
    assert judge("e", "13", "T", BEGIN, BEGIN, Kept()).per_mille == 0
