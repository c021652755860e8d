"""Lists come to whom a change concerns, at once and not too often; to others at their regular turns alone."""

import pytest

from dispatch_server.protocol.console import ClockNow
from dispatch_server.signals.pump import SPACING_S
from tests.unit.signals.fakes import Room, read, session

TOPIC = "clocks"


@pytest.fixture
def room() -> Room:
    room = Room()
    room.hub.topic(TOPIC, "terminal.list", lambda scope: ClockNow(utc_us=1), 60.0)
    return room


def test_a_change_is_told_to_those_who_see_it_and_to_nobody_else(room: Room) -> None:
    county, own, other = (room.open(session(f"p{path}", path), topics=[TOPIC])[0] for path in ("", "13", "14"))
    for line in (county, own, other):
        read(line)
    room.hub.touch(TOPIC, "13/01")
    room.hub.pump._tell_touched(room.world.monotonic())
    assert [len(read(line)) for line in (county, own, other)] == [1, 1, 0]
    assert room.hub.pump._touched == {}


def test_changes_that_follow_each_other_become_one_list_and_hold_up_nobody_else(room: Room) -> None:
    own, other = (room.open(session(f"p{path}", path), topics=[TOPIC])[0] for path in ("13", "14"))
    pump, begun = room.hub.pump, room.world.monotonic()
    room.hub.touch(TOPIC, "13")
    pump._tell_touched(begun)
    room.hub.touch(TOPIC, "13")
    room.hub.touch(TOPIC, "13")
    room.hub.touch(TOPIC, "14")
    assert sorted(pump._touched.values()) == [begun, begun + SPACING_S]
    read(own), read(other)
    pump._tell_touched(begun)
    assert (len(read(own)), len(read(other))) == (0, 1)
    pump._tell_touched(begun + SPACING_S)
    assert (len(read(own)), len(read(other))) == (1, 0)
    pump._tell_touched(begun + 3 * SPACING_S)
    assert pump._told == {} and pump._due == {}


def test_what_is_no_topic_is_not_touched(room: Room) -> None:
    room.open(session("p"), topics=[TOPIC])
    room.hub.touch("nothing", "")
    assert room.hub.pump._touched == {}
