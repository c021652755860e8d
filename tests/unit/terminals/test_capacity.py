"""Pictures that a narrow link draws out tell how narrow it is; what tells nothing is not counted."""

import pytest

from terminals.capacity import FEWEST_TRAINS, MOST_BPS, TRAIN_LIFE_S, Capacity, Packet

PACKET = 1200


def through(
    link_bps: float, packets: int, sent: float, beside_bps: float = 0.0, step_s: float = 0.00025
) -> list[Packet]:
    """As a link of this rate passes them on, with other traffic between them, by a clock of a quarter millisecond."""
    each_s = PACKET * 8 / (link_bps - beside_bps)
    return [(sent, round((7 + sent + (n + 1) * each_s) / step_s) * step_s, PACKET) for n in range(packets)]


def measured(link_bps: float, packets: int = 30, beside_bps: float = 0.0) -> int | None:
    capacity = Capacity()
    for turn in range(10):
        capacity.take(through(link_bps, packets, turn / 10, beside_bps), turn / 10)
    return capacity.bps(1.0)


@pytest.mark.parametrize("link_bps", [300_000, 2_000_000, 8_000_000, 40_000_000])
def test_a_link_is_measured_by_what_goes_through_it_anyway(link_bps: int) -> None:
    assert measured(link_bps) == pytest.approx(link_bps, rel=0.1)


def test_what_else_is_under_way_is_taken_off_and_never_added() -> None:
    assert measured(4_000_000, beside_bps=1_500_000) == pytest.approx(2_500_000, rel=0.1)


def test_a_very_fast_link_is_believed_to_a_bound() -> None:
    assert measured(10**12, 90) == MOST_BPS


def test_small_pictures_and_few_of_them_tell_nothing() -> None:
    assert measured(2_000_000, 5) is None
    capacity = Capacity()
    for turn in range(FEWEST_TRAINS - 1):
        capacity.take(through(2_000_000, 30, turn), turn)
    assert capacity.bps(5) is None


def test_two_pictures_in_one_report_are_two_measures_and_the_odd_one_does_not_count() -> None:
    """One that was read late at the other side looks like nothing at all: the middle one of many is taken."""
    capacity = Capacity()
    for turn in range(9):
        slow = 40_000 if turn % 4 == 1 else 3_000_000
        capacity.take(through(slow, 20, turn) + through(3_000_000, 20, turn + 0.04), turn)
    assert capacity.bps(9) == pytest.approx(3_000_000, rel=0.1)


def test_it_is_forgotten_with_time_and_with_the_link() -> None:
    capacity = Capacity()
    for turn in range(10):
        capacity.take(through(2_000_000, 30, turn), turn)
    assert capacity.bps(10) is not None
    assert capacity.bps(10 + TRAIN_LIFE_S) is None
    capacity.forget()
    assert capacity.bps(10) is None
