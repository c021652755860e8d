"""A quick answer is believed, a late one is not; a clock that was set is noticed."""

from hypothesis import given
from hypothesis import strategies as st

from terminals.clock_offset import ClockOffset

SECOND = 1_000_000


def test_a_question_that_lay_in_a_dead_network_changes_nothing() -> None:
    offset = ClockOffset()
    assert offset.take(100 * SECOND, 20_000, 100 * SECOND + 10_000, 0.0) == 0
    assert offset.take(110 * SECOND, 40 * SECOND, 149 * SECOND, 50.0) == 0
    assert offset.take(160 * SECOND, 30_000, 160 * SECOND + 5_000, 60.0) == 10_000 or offset.offset_us == 0


def test_a_clock_that_was_set_is_noticed_at_once() -> None:
    offset = ClockOffset()
    offset.take(100 * SECOND, 20_000, 100 * SECOND, 0.0)
    assert abs(offset.take(3_700 * SECOND, 20_000, 110 * SECOND, 10.0) - 3_590 * SECOND) <= 20_000


def test_an_old_measurement_gives_way() -> None:
    """After hours of drift even a middling one is surer."""
    offset = ClockOffset()
    offset.take(0, 2_000, 1_000, 0.0)
    assert offset.take(7_200 * SECOND + 500_000, 200_000, 7_200 * SECOND, 7_200.0) == 600_000


@given(
    st.integers(-3_600 * SECOND, 3_600 * SECOND),
    st.lists(st.tuples(st.integers(0, 60 * SECOND), st.integers(0, 60 * SECOND)), min_size=1, max_size=20),
)
def test_it_is_never_further_off_than_it_says(true_us: int, ways: list[tuple[int, int]]) -> None:
    offset, server_us = ClockOffset(), 10_000 * SECOND
    for there_us, back_us in ways:
        sent_us = server_us + true_us
        arrived_us = server_us + there_us
        server_us = arrived_us + back_us
        offset.take(sent_us, there_us + back_us, arrived_us, server_us / SECOND)
        assert offset.offset_us is not None
        aged_us = int((server_us / SECOND - offset.at) * 100) + 1
        assert abs(offset.offset_us - true_us) <= offset.error_us + aged_us
