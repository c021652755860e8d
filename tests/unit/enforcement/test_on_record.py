"""A step is on record when one of the terminals kept it, but for what is in the making."""

from dispatch_server.enforcement.model import Class, StepTaken
from dispatch_server.enforcement.on_record import BEFORE_US, NOT_KEPT_YET_US, judged, stretch_of

S = 1_000_000
T = 1_790_000_000 * S


def step(number: int, begin_s: float, end_s: float | None) -> StepTaken:
    end = None if end_s is None else T + int(end_s * S)
    return StepTaken(
        enforcement_id="e", number=number, step="sign", class_=Class.SCENE, begun_utc_us=T + int(begin_s * S),
        ended_utc_us=end, received_utc_us=T, by="x",
    )  # fmt: skip


STEPS = (step(1, 0, 10), step(2, 20, None), step(3, 100, 200))


def test_one_stretch_holds_all_steps_that_have_ended() -> None:
    assert stretch_of(STEPS) == (T - BEFORE_US, T + 200 * S)
    assert stretch_of([step(1, 0, None)]) is None and stretch_of([]) is None


def test_each_step_is_judged_by_its_own_time() -> None:
    everything = (T - BEFORE_US, T + 200 * S)
    assert judged(STEPS, []) == judged(STEPS, [[everything]]) == {1: False, 3: False}
    assert judged(STEPS, [[]]) == {1: True, 3: True}
    assert judged(STEPS, [[(T + 20 * S, T + 150 * S)]]) == {1: True, 3: False}
    assert judged(STEPS, [[everything], [(T + 150 * S, T + 150 * S + NOT_KEPT_YET_US)]]) == {1: True, 3: True}
    assert judged(STEPS, [[(T + 150 * S, T + 151 * S), (T + 160 * S, T + 160 * S + NOT_KEPT_YET_US)]])[3] is False


def test_two_halves_of_two_terminals_are_no_whole() -> None:
    halves = [[(T + 100 * S, T + 150 * S)], [(T + 150 * S, T + 200 * S)]]
    assert judged(STEPS, halves) == {1: True, 3: False}


def test_a_moment_of_which_nothing_is_kept_is_not_on_record() -> None:
    """Shorter than what may be in the making."""
    assert judged([step(1, 5, 5)], [[(T, T + 10 * S)]]) == {1: False}
    assert judged([step(1, 5, 5)], [[]]) == {1: True}
