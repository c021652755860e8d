"""A terminal's life, and the numbers that are given."""

import pytest

from dispatch_server.devices.model import LIFE, Happening, Shift, State, Terminal, next_number
from dispatch_server.kit.states import IllegalTransition


def terminal(state: State = State.REGISTERED) -> Terminal:
    return Terminal("T1301", "城关镇1号终端", "terminal 1", "13", state)


def test_from_register_to_retirement() -> None:
    one = terminal()
    for happening, state in (
        (Happening.ENROL, State.ENROLLED),
        (Happening.SEE, State.ONLINE),
        (Happening.MISS, State.LOST),
        (Happening.SEE, State.ONLINE),
        (Happening.REVOKE, State.REVOKED),
        (Happening.ENROL, State.ENROLLED),
        (Happening.RETIRE, State.RETIRED),
    ):
        one = one.after(happening, 7, "why")
        assert (one.state, one.since_utc_us, one.reason) == (state, 7, "why")


@pytest.mark.parametrize("happening", list(Happening))
def test_nothing_follows_retirement(happening: Happening) -> None:
    with pytest.raises(IllegalTransition):
        terminal(State.RETIRED).after(happening, 0)


def test_without_a_key_it_is_neither_seen_nor_revoked() -> None:
    for state in (State.REGISTERED, State.REVOKED):
        assert not terminal(state).allows(Happening.SEE)
        assert not terminal(state).allows(Happening.REVOKE)
    assert LIFE.flaws() == ()


def test_numbers_follow_the_department_and_are_never_given_twice() -> None:
    assert next_number("13", []) == "T1301"
    assert next_number("13/02", ["T1301", "T1302", "T1401"]) == "T1303"
    assert next_number("13", ["T1305"]) == "T1306"  # the gap may be of one that was removed
    assert next_number("", ["T0001"]) == "T0002"
    assert next_number("13", ["T1399"]) is None


def test_a_shift_is_over_at_its_end_or_return() -> None:
    shift = Shift("s", "T1301", "o", "李", 0, 100, "desk", "desk")
    assert (shift.over(99), shift.over(100)) == (False, True)
    assert Shift("s", "T1301", "o", "李", 0, 100, "desk", "desk", ended_utc_us=5).over(6)
