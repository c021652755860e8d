"""What is given up first, and how it comes back."""

from itertools import pairwise

from terminals.ladder import Ladder, rungs

SOUND = 32_000


def make() -> Ladder:
    return Ladder(rungs(1_500_000, 250_000), SOUND)


def test_each_rung_takes_less_and_main_goes_before_sub() -> None:
    steps = rungs(1_500_000, 250_000)
    assert all(upper.total_bps(SOUND) > lower.total_bps(SOUND) for upper, lower in pairwise(steps))
    assert all(step.sub_bps == 250_000 for step in steps if step.main_bps)
    assert steps[-1].main_bps == 0
    rates = [step.main_every for step in steps if step.main_bps]
    assert rates == sorted(rates)


def test_without_a_sub_picture_the_main_one_stays() -> None:
    assert all(step.main_bps and not step.sub_bps for step in rungs(1_500_000, 0))


def test_it_falls_as_far_as_it_must_at_once() -> None:
    ladder = make()
    assert not ladder.choose(ladder.highest_bps, 0)
    assert ladder.choose(330_000, 1)
    assert ladder.rung.main_bps == 0
    assert ladder.rung.total_bps(SOUND) <= 330_000


def test_below_the_last_rung_it_stays_there() -> None:
    ladder = make()
    assert ladder.choose(1000, 0)
    assert ladder.rung == rungs(1_500_000, 250_000)[-1]
    assert not ladder.choose(1000, 1)


def test_it_climbs_one_rung_at_a_time_after_a_while() -> None:
    ladder = make()
    ladder.choose(330_000, 0)
    fallen = ladder.index
    changes = [second for second in range(1, 60) if ladder.choose(ladder.highest_bps, float(second))]
    assert len(changes) == fallen
    assert all(later - earlier >= 3 for earlier, later in pairwise(changes))
    assert ladder.index == 0


def test_room_that_does_not_last_is_not_used() -> None:
    ladder = make()
    ladder.choose(330_000, 0)
    fallen = ladder.index
    for second in range(1, 40):
        ladder.choose(ladder.highest_bps if second % 3 else 330_000, float(second))
    assert ladder.index == fallen


def test_a_trial_that_failed_is_repeated_later_each_time() -> None:
    ladder = make()
    ladder.choose(330_000, 0)
    fallen, trials = ladder.index, []
    for tenth in range(1, 3000):
        now = tenth / 10
        # The link carries what is sent at the fallen rung, and no more; nothing tells so before it is tried.
        if ladder.choose(ladder.highest_bps if ladder.index == fallen else 330_000, now) and ladder.index < fallen:
            trials.append(now)
    pauses = [round(later - earlier, 1) for earlier, later in pairwise(trials)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 50
