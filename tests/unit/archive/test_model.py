"""The life of a recording."""

import pytest

from dispatch_server.archive.model import LIFE, Card, Happening, Recording, Segment, State
from dispatch_server.kit.states import IllegalTransition
from dispatch_server.protocol.footage import FragmentEntry, SegmentHead

CARD = Card("recording-1", "stream-1", "T0101", "county", 1_000)


def test_the_table_is_sound() -> None:
    assert LIFE.flaws() == ()
    assert LIFE.states() == frozenset(State)


def test_a_held_recording_cannot_be_purged() -> None:
    assert not LIFE.allows(State.HELD, Happening.PURGE)
    assert not LIFE.allows(State.OPEN, Happening.SEAL)


def test_a_recording_is_closed_once() -> None:
    recording = Recording(CARD)
    recording.close(5_000, "ended")
    assert (recording.state, recording.closed_utc_us, recording.reason) == (State.CLOSED, 5_000, "ended")
    with pytest.raises(IllegalTransition):
        recording.close(6_000, "again")


def test_what_is_kept_adds_up() -> None:
    head = SegmentHead(1, "sha-256", "recording-1", 1, "000001.mp4", 900, 1_000, "avc1.42e01f", "opus", "main", "")
    segment, recording = Segment.begun(head, 0), Recording(CARD)
    for number in range(3):
        entry = FragmentEntry(number + 1, 900 + number * 50, 50, 1_000 + number * 10, 10, False, 1, 1, 0, False)
        segment.add(entry)
        recording.add(entry)
    assert (segment.bytes, segment.fragments, segment.duration_us) == (1_050, 3, 30)
    assert (recording.bytes, recording.kept_us, recording.ended_utc_us) == (150, 30, 1_030)
