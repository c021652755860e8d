"""How long a sign-in lasts."""

from dispatch_server.identity.model import Permit, Person, Role, Session, SessionTimes
from dispatch_server.kit.scope import COUNTY, NOTHING, Scope

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


def test_where_somebody_may_do_what_comes_from_roles_and_permits() -> None:
    officer = Session("s", b"d", Person("p", "人", frozenset({Role.OPERATOR}), "13"), 0, 0)
    assert officer.scope("stream.watch") == Scope.of("13")
    assert officer.scope("publish_key.issue") == NOTHING
    officer.permits = (Permit("1", "stream.watch", "14/02", 10), Permit("2", "recording.play", "", 10))
    assert officer.scope("stream.watch") == Scope.of("13", "14/02")
    assert officer.scope("recording.play") == COUNTY
    assert not officer.may("publish_key.issue")
    assert "stream.watch" in officer.actions() and "publish_key.issue" not in officer.actions()


def test_a_second_factor_is_fresh_for_a_while() -> None:
    times = SessionTimes(fresh_us=100)
    session = Session("s", b"d", Person("p", "人", frozenset()), 1000, 1000)
    assert not session.is_fresh(times)
    session.proved_utc_us = 901
    assert session.is_fresh(times)
    session.asked_utc_us = 1001
    assert not session.is_fresh(times)


def test_what_was_only_asked_is_no_use() -> None:
    left = session(1000, 1000)
    left.asked_utc_us = 1899
    assert left.over(1900, TIMES)
    left.used()
    assert left.seen_utc_us == 1899 and not left.over(1900, TIMES)
