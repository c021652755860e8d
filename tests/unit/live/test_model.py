"""The life of a stream: what is told of each step, and what a take-over does to it."""

import pytest

from dispatch_server.kit.states import IllegalTransition
from dispatch_server.live.model import LIFE, Moment, State, Stream, StreamEnded, StreamResumed, StreamStarted


def at(second: int) -> Moment:
    return Moment(float(second), second * 1_000_000, f"id{second}")


def new_stream() -> Stream:
    return Stream("s1", "T0101", "01", 1_000_000)


def test_the_table_is_sound() -> None:
    assert LIFE.flaws() == ()


def test_a_whole_life() -> None:
    stream = new_stream()
    assert stream.answered("a", at(1)) is None
    assert stream.connected(at(2)) == StreamStarted(identity="id2", utc_us=2_000_000, stream_id="s1", source="T0101")
    assert stream.connected(at(3)) is None
    lost = stream.lost(at(5))
    assert lost is not None and lost.utc_us == 5_000_000
    assert stream.lost(at(6)) is None
    assert stream.connected(at(9)) == StreamResumed(
        identity="id9", utc_us=9_000_000, stream_id="s1", source="T0101", lost_utc_us=5_000_000
    )
    assert stream.started_utc_us == 2_000_000
    assert stream.ended(at(10), "done") == StreamEnded(
        identity="id10", utc_us=10_000_000, stream_id="s1", source="T0101", reason="done"
    )
    assert (stream.state, stream.session_id, stream.losses) == (State.ENDED, "", 1)
    with pytest.raises(IllegalTransition):
        stream.connected(at(11))


def test_a_stream_that_never_was_live_ends_without_a_word() -> None:
    stream = new_stream()
    stream.answered("a", at(1))
    assert stream.lost(at(2)) is None
    assert stream.state is State.ANSWERED
    assert stream.ended(at(3), "never connected") is None


def test_a_second_answer_interrupts_a_live_stream_and_carries_it_on() -> None:
    stream = new_stream()
    stream.answered("a", at(1))
    stream.connected(at(2))
    lost = stream.answered("b", at(4))
    assert lost is not None
    assert (stream.state, stream.session_id) == (State.LOST, "b")
    assert isinstance(stream.connected(at(5)), StreamResumed)


def test_since_changes_with_the_state_only() -> None:
    stream = new_stream()
    stream.answered("a", at(1))
    stream.answered("b", at(2))
    assert (stream.since, stream.since_utc_us) == (1.0, 1_000_000)
    stream.connected(at(3))
    assert stream.since == 3.0
