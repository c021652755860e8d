"""The table of an enforcement's life, and what must not be told of whom it is about."""

from dataclasses import replace

from dispatch_server.enforcement.model import LIFE, EnforcementChanged, Happening, Pause, State
from tests.unit.enforcement.samples import NAME, NUMBER, at, opened


def test_from_opening_to_the_file() -> None:
    state = LIFE.first
    for happening, after in (
        (Happening.BEGIN, State.UNDER_WAY),
        (Happening.PAUSE, State.UNDER_WAY),
        (Happening.FINISH, State.FINISHED),
        (Happening.EXCUSE, State.FINISHED),
        (Happening.FILE, State.FILED),
    ):
        state = LIFE.after(state, happening)
        assert state is after
    assert LIFE.flaws() == ()


def test_nothing_follows_the_file_or_a_cancelling() -> None:
    assert not [one for one in Happening for end in (State.FILED, State.CANCELLED) if LIFE.allows(end, one)]
    assert not LIFE.allows(State.UNDER_WAY, Happening.CANCEL)


def test_no_log_shows_the_party() -> None:
    assert NAME not in repr(opened()) and NUMBER not in repr(opened())


def test_an_event_has_no_room_for_personal_data() -> None:
    names = set(EnforcementChanged.__dataclass_fields__) - {"durable"}
    assert names == {"identity", "utc_us", "enforcement_id", "department", "state", "terminals"}


def test_it_says_when_it_was_and_whether_it_is_paused() -> None:
    course = opened()
    one = replace(course.enforcement, begun=at(1), finished=at(2))
    assert (one.begun_utc_us, one.finished_utc_us, one.filed_utc_us) == (at(1).utc_us, at(2).utc_us, None)
    assert one.officers == ("样例-13-001", "样例-13-002")
    pause = Pause(enforcement_id=one.id, number=1, from_utc_us=1, reason="电池", by="x")
    assert replace(course, pauses=(pause,)).is_paused
    assert not replace(course, pauses=(replace(pause, to_utc_us=2),)).is_paused
