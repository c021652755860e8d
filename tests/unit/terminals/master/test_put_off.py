"""What the server will not have waits, each time longer, and holds up nothing else."""

import pytest

from terminals.master.put_off import WHOLE, PutOff, is_lasting
from terminals.whip import Refused


def test_it_waits_longer_each_time_and_anew_once_it_got_on() -> None:
    put_off, place = PutOff(1.0, 5.0), ("m", 3)
    now, pauses = 0.0, []
    for _ in range(4):
        put_off.add(place, now, "why")
        begun = now
        while put_off.is_off(place, now):
            now += 0.5
        pauses.append(now - begun)
    assert pauses == [1.0, 2.0, 4.0, 5.0]
    assert not put_off.is_off(("m", 2), now) and not put_off.is_off(("m", WHOLE), now)
    put_off.got_on(place)
    put_off.add(place, now, "why")
    assert put_off.is_off(place, now + 0.9) and not put_off.is_off(place, now + 1.0)


def test_a_lasting_refusal_waits_longest_at_once() -> None:
    put_off = PutOff(1.0, 5.0)
    put_off.add(("m", 1), 0.0, "why", lasting=True)
    assert put_off.is_off(("m", 1), 4.9) and not put_off.is_off(("m", 1), 5.0)


def test_no_more_is_held_than_the_bound() -> None:
    put_off = PutOff(most=2)
    for number in (1, 2, 3):
        put_off.add(("m", number), 0.0, "why")
    assert [put_off.is_off(("m", number), 0.1) for number in (1, 2, 3)] == [False, True, True]


@pytest.mark.parametrize(
    ("status", "lasting"),
    [(400, True), (404, True), (409, True), (412, True), (413, True), (500, True),
     (401, False), (403, False), (423, False), (429, False), (502, False), (503, False), (507, False)],
)  # fmt: skip
def test_what_lasts(status: int, lasting: bool) -> None:
    assert is_lasting(Refused(status, "no")) is lasting
