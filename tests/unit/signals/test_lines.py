"""Who has how many lines, which one makes way, and how long a lost connection is waited for."""

import pytest

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.lines import TooManyLines
from dispatch_server.signals.model import State
from tests.unit.signals.fakes import T0101, Room, message, read, session, types

FEW = SignalLimits(lines=2, lines_per_holder=2, resume_s=60)


def test_a_line_is_resumed_by_its_holder_alone() -> None:
    room = Room()
    line, client, _ = room.open(session("li"))
    room.hub.left(line, client)
    assert line.state is State.AWAY
    resume = {"line": line.id, "seq": 0}
    other, _, resumed = room.open(session("wang"), resume=resume)
    assert (resumed, other is line) == (False, False)
    again, _, resumed = room.open(session("li"), resume=resume)
    assert (resumed, again is line, line.state) == (True, True, State.OPEN)


def test_a_client_that_noticed_the_loss_first_takes_its_line_over() -> None:
    room = Room()
    line, first, _ = room.open()
    again, second, resumed = room.open(resume={"line": line.id, "seq": 0})
    assert (again is line, resumed) == (True, True)
    assert first.ended is not None and first.ended.code == "replaced"
    room.hub.left(line, first)  # the old connection's end comes late and changes nothing
    assert (line.state, line.pipe) == (State.OPEN, second)


def test_a_line_whose_resumption_failed_is_not_kept_beside_the_new_one() -> None:
    room = Room()
    line, client, _ = room.open()
    room.hub.left(line, client)
    new, _, resumed = room.open(resume={"line": line.id, "seq": 99})
    assert (resumed, line.state, len(room.hub.lines)) == (False, State.ENDED, 1)
    assert new.receipts is line.receipts


def test_a_terminal_has_one_line_its_newest() -> None:
    room = Room()
    first, client, _ = room.open(T0101)
    second, _, _ = room.open(TerminalCaller("T0101", "1号终端", "01", "key-2"))
    assert client.ended is not None and client.ended.code == "replaced"
    assert [line.id for line in room.hub.lines] == [second.id]
    assert first.state is State.ENDED


def test_of_too_many_consoles_one_that_is_away_makes_way() -> None:
    room = Room(SignalLimits(lines_per_holder=2))
    first, client, _ = room.open()
    second, gone, _ = room.open()
    room.hub.left(second, gone)
    room.open()
    assert (first.state, second.state, client.ended) == (State.OPEN, State.ENDED, None)


def test_there_is_a_bound_to_all_lines_and_those_away_make_way() -> None:
    room = Room(FEW)
    first, client, _ = room.open(session("a"))
    room.open(session("b"))
    with pytest.raises(TooManyLines):
        room.open(session("c"))
    room.hub.left(first, client)
    room.open(session("c"))
    assert (first.state, len(room.hub.lines)) == (State.ENDED, 2)


def test_a_lost_connection_is_waited_for_so_long_and_no_longer() -> None:
    room = Room(FEW)
    line, client, _ = room.open()
    room.hub.left(line, client)
    room.world.advance(59)
    room.hub.tick()
    assert line.state is State.AWAY
    room.world.advance(2)
    room.hub.tick()
    assert (line.state, len(room.hub.lines), room.hub.lines.expired) == (State.ENDED, 0, 1)
    _, _, resumed = room.open(resume={"line": line.id, "seq": 0})
    assert not resumed


async def test_who_asks_without_reading_is_ended() -> None:
    room = Room(SignalLimits(control_messages=5))
    line, client, _ = room.open()
    for _ in range(10):
        await room.hub.take(line, message("ping"))
    assert client.ended is not None and client.ended.code == "not_reading"
    assert types(read(line)) == ["welcome", "pong", "pong", "pong", "pong"]
