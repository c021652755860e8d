"""How long a sign-in lasts."""

from dispatch_server.identity.model import Person, Session, SessionTimes

TIMES = SessionTimes(idle_us=900, absolute_us=43_200)


def session(begun: int, seen: int) -> Session:
    return Session("s", b"d", Person("p", "人", frozenset()), begun, seen)


def test_it_ends_by_idling_and_by_age() -> None:
    assert not session(1000, 1000).over(1899, TIMES)
    assert session(1000, 1000).over(1900, TIMES)
    assert not session(1000, 44_000).over(44_199, TIMES)
    assert session(1000, 44_100).over(44_200, TIMES)
    assert session(1000, 44_100).idle_end_utc_us(TIMES) == session(1000, 44_100).absolute_end_utc_us(TIMES)


def test_a_clock_that_jumps_back_a_little_ends_nothing_and_far_ends_it() -> None:
    assert not session(1000, 1000).over(500, TIMES)
    assert session(1000, 1000).over(50, TIMES)
