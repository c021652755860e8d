"""When space runs short nothing without a receipt is ever chosen, and what is chosen goes in the order of its age."""

from hypothesis import given
from hypothesis import strategies as st

from terminals.master.folders import Kept
from terminals.master.space import MAIN, SUB, Thresholds, decide

segments = st.lists(
    st.builds(
        Kept, st.sampled_from(["a", "b", "c"]), st.integers(1, 50), st.integers(0, 1000), st.integers(0, 100),
        st.booleans(), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip
limits = st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000)).map(
    lambda three: Thresholds(*sorted(three, reverse=True))
)


@given(st.integers(0, 6000), limits, segments, st.sampled_from([MAIN, SUB]))
def test_only_what_the_server_has_goes_and_no_more_than_is_wanted(
    free: int, bounds: Thresholds, kept: list[Kept], layer: str
) -> None:
    plan = decide(free, bounds, kept, layer)
    assert all(one.receipted and one.ended and one in kept for one in plan.delete)
    assert list(plan.delete) == sorted(plan.delete, key=lambda one: (one.utc_us, one.recording, one.segment))
    after = free + sum(one.bytes for one in plan.delete)
    if plan.delete:
        assert after - plan.delete[-1].bytes < bounds.wanted
    could = free + sum(one.bytes for one in kept if one.receipted and one.ended)
    if after < bounds.wanted:
        assert after == could, "all that may go has gone"
    if plan.layer == SUB or not plan.writes:
        assert after < max(2 * bounds.low, bounds.least)
    if not plan.writes:
        assert could < bounds.least, "a gap is the last resort"


def test_the_order_of_the_measures() -> None:
    bounds = Thresholds(100, 50, 10)
    mine, theirs = Kept("a", 1, 60, 1, False), Kept("a", 2, 60, 2, True)
    assert decide(120, bounds, [mine, theirs], MAIN).delete == ()
    first = decide(60, bounds, [mine, theirs], MAIN)
    assert (first.delete, first.layer, first.writes) == ((theirs,), MAIN, True)
    second = decide(40, bounds, [mine], MAIN)
    assert (second.delete, second.layer, second.writes) == ((), SUB, True)
    third = decide(5, bounds, [mine], SUB)
    assert (third.delete, third.layer, third.writes) == ((), SUB, False)
    assert decide(60, bounds, [], SUB).layer == SUB, "not to and fro"
    assert decide(100, bounds, [], SUB).layer == MAIN
