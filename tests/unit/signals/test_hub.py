"""Who is told what: by person, terminal and scope; once; and what ends with its holder."""

import json
from typing import Any

from dispatch_server.identity.model import Role
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol.console import ClockNow
from dispatch_server.protocol.signals import TerminalChanged
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.model import HubEvent, Kind, SignalSent, State
from tests.unit.signals.fakes import T0101, Room, message, read, session, types


def changed(number: str = "T0101", state: Any = "online") -> TerminalChanged:
    return TerminalChanged(number=number, department="01", state=state, utc_us=1)


def told(line: Any) -> list[str]:
    return [one for one in types(read(line)) if one != "welcome"]


async def say(room: Room, send: Any) -> None:
    """Send, and let the hub hear what it put on the bus."""
    inbox = room.bus.subscribe(HubEvent, "test")
    send()
    room.hub.post.deliver(await anext(inbox))
    inbox.close()


def test_a_welcome_says_what_holds() -> None:
    room = Room()
    line, _, resumed = room.open()
    (welcome,) = read(line)
    assert "seq" not in welcome
    assert (welcome["body"]["line"], welcome["body"]["resumed"], resumed) == (line.id, False, False)
    assert (welcome["body"]["messages_per_s"], welcome["body"]["message_bytes"]) == (50, 65_536)


async def test_a_person_hears_on_all_consoles_and_nobody_else_does() -> None:
    room = Room()
    first, _, _ = room.open(session("li", number=1))
    second, _, _ = room.open(session("li", number=2))
    other, _, _ = room.open(session("wang"))
    await say(room, lambda: room.hub.send_to_person("li", changed()))
    assert [told(line) for line in (first, second, other)] == [["terminal_changed"], ["terminal_changed"], []]


async def test_a_terminal_hears_what_is_sent_to_its_number() -> None:
    room = Room()
    terminal, _, _ = room.open(T0101)
    namesake, _, _ = room.open(session("T0101"))
    await say(room, lambda: room.hub.send_to_terminal("T0101", changed()))
    assert (told(terminal), told(namesake)) == (["terminal_changed"], [])


async def test_only_who_may_see_a_department_hears_of_it() -> None:
    room = Room()
    county, _, _ = room.open(session("county"))
    own, _, _ = room.open(session("own", "01"))
    team, _, _ = room.open(session("team", "01/02"))
    neighbour, _, _ = room.open(session("neighbour", "011"))
    without, _, _ = room.open(session("officer", "01", Role.OFFICER))
    terminal, _, _ = room.open(T0101)
    await say(room, lambda: room.hub.send_to_scope("terminal.list", "01", changed()))
    room.hub.tell_here("terminal.list", "01", changed())
    lines = (county, own, team, neighbour, without, terminal)
    assert [len(told(line)) for line in lines] == [2, 2, 0, 0, 0, 0]


async def test_what_waits_for_a_lost_connection_is_there_when_it_is_back() -> None:
    room = Room()
    line, client, _ = room.open()
    read(line)
    room.hub.left(line, client)
    for state in ("online", "live", "lost"):
        await say(room, lambda state=state: room.hub.send_to_person("li", changed(state=state), newest_of="T0101"))
    await say(room, lambda: room.hub.send_to_person("li", changed("T0102")))
    again, _, resumed = room.open(resume={"line": line.id, "seq": 0})
    messages = read(again)
    assert (resumed, types(messages)) == (True, ["welcome", "terminal_changed", "terminal_changed"])
    assert [one["body"]["state"] for one in messages[1:]] == ["lost", "online"]
    assert [one["seq"] for one in messages[1:]] == [3, 4]


async def test_a_repeated_delivery_is_told_once() -> None:
    room = Room()
    line, _, _ = room.open()
    event = SignalSent(identity="1", utc_us=1, kind=Kind.PERSON, to="li", department="", type="done", body="{}")
    room.hub.post.deliver(event)
    room.hub.post.deliver(event)
    assert told(line) == ["done"]


async def test_a_line_without_room_is_told_to_read_anew_and_others_lose_nothing() -> None:
    room = Room(SignalLimits(outbox_messages=4))
    slow, _, _ = room.open(session("slow"))
    quick, _, _ = room.open(session("quick"))
    heard = 0
    for _ in range(9):
        room.hub.tell_here("terminal.list", "01", changed())
        heard += len(told(quick))
        quick.outbox.acknowledge(quick.outbox.last)
    assert (heard, slow.must_resync, quick.must_resync) == (9, True, False)


def test_the_end_of_a_sign_in_ends_its_lines_and_no_others() -> None:
    room = Room()
    first, client, _ = room.open(session("li", number=1))
    second, _, _ = room.open(session("li", number=2))
    room.hub.disconnect("session-li-1", "signed out")
    assert (first.state, second.state) == (State.ENDED, State.OPEN)
    assert client.ended is not None
    assert (client.ended.code, client.ended.again, client.ended.close_code) == ("session_ended", False, 4401)
    terminal, _, _ = room.open(T0101)
    room.hub.disconnect(T0101.holder, "revoked")
    assert terminal.state is State.ENDED


def test_a_session_that_is_over_by_time_alone_is_ended_by_the_tick() -> None:
    room = Room()
    line, _, _ = room.open()
    room.hub.tick()
    assert line.state is State.OPEN
    room.rights.over.add(line.holder)
    room.hub.tick()
    assert line.state is State.ENDED


def test_a_topic_is_written_once_for_each_scope_and_only_for_who_may() -> None:
    room = Room()
    asked: list[Scope] = []

    def produce(scope: Scope) -> ClockNow:
        asked.append(scope)
        return ClockNow(utc_us=len(asked))

    room.hub.topic("clocks", "terminal.list", produce, 1.0)
    lines = [
        room.open(session(str(number), f"{number % 2:02d}"), topics=["clocks", "nothing"])[0] for number in range(6)
    ]
    without, _, _ = room.open(session("officer", "", Role.OFFICER), topics=["clocks"])
    for line in lines:
        assert told(line) == ["clock_now"]
    assert told(without) == []
    asked.clear()
    topic = room.hub.handlers.topics["clocks"]
    room.hub.pump.turn(topic, lines)
    room.hub.pump.turn(topic, lines)
    assert len(asked) == 4
    assert [told(line) for line in lines] == [["clock_now"]] * 6


async def test_topics_are_changed_by_subscribing_and_kept_over_a_resumption() -> None:
    room = Room()
    room.hub.topic("clocks", "terminal.list", lambda scope: ClockNow(utc_us=1), 1.0)
    line, client, _ = room.open()
    await room.hub.take(line, message("subscribe", topics=["clocks"]))
    assert told(line) == ["clock_now"]
    await room.hub.take(line, message("subscribe", topics=[]))
    assert (line.topics, told(line)) == (frozenset(), [])
    room.hub.left(line, client)
    line, _, _ = room.open(resume={"line": line.id, "seq": 1}, topics=["clocks"])
    assert told(line) == ["clock_now"]


async def test_who_subscribes_again_and_again_is_served_at_the_next_turn() -> None:
    room = Room()
    produced: list[Scope] = []

    def produce(scope: Scope) -> ClockNow:
        produced.append(scope)
        return ClockNow(utc_us=1)

    room.hub.topic("clocks", "terminal.list", produce, 1.0)
    line, _, _ = room.open()
    for _ in range(50):
        await room.hub.take(line, message("subscribe", topics=["clocks"]))
    assert len(produced) == 1
    room.world.advance(1)
    await room.hub.take(line, message("subscribe", topics=["clocks"]))
    assert len(produced) == 2


def test_a_list_that_no_outbox_holds_is_reported_and_costs_nobody_its_messages() -> None:
    room = Room(SignalLimits(outbox_characters=200))
    room.hub.topic("long", "terminal.list", lambda scope: changed("T" * 300), 1.0)
    line, _, _ = room.open(topics=["long"])
    assert (told(line), line.must_resync, len(room.errors)) == ([], False, 1)


def test_a_topic_that_fails_is_reported_and_the_rest_goes_on() -> None:
    room = Room()

    def broken(scope: Scope) -> ClockNow:
        raise RuntimeError("no list today")

    room.hub.topic("broken", "terminal.list", broken, 1.0)
    room.hub.topic("clocks", "terminal.list", lambda scope: ClockNow(utc_us=1), 1.0)
    line, _, _ = room.open(topics=["broken", "clocks"])
    assert told(line) == ["clock_now"]
    assert room.errors == ["topic broken: no list today"]


async def test_acknowledged_messages_are_forgotten_and_wrong_numbers_refused() -> None:
    room = Room()
    line, _, _ = room.open()
    room.hub.tell_here("terminal.list", "01", changed())
    read(line)
    await room.hub.take(line, message("ack", seq=1))
    assert len(line.outbox) == 0
    await room.hub.take(line, message("ack", seq=2))
    (refusal,) = read(line)
    assert (refusal["type"], refusal["body"]["code"]) == ("error", "never_sent")


async def test_a_terminal_takes_its_next_token_in_the_open_connection() -> None:
    room = Room()
    line, client, _ = room.open(T0101)
    await room.hub.take(line, message("authenticate", "m-1", token="next"))
    client.refusal = "token_refused"
    await room.hub.take(line, message("authenticate", "m-2", token="wrong"))
    answers = [(one["type"], one.get("reply_to")) for one in read(line)[1:]]
    assert (client.renewed, answers) == (["next", "wrong"], [("done", "m-1"), ("error", "m-2")])
    console, _, _ = room.open()
    await room.hub.take(console, message("authenticate", token="next"))
    assert read(console)[-1]["body"]["code"] == "unknown_type"


def test_figures_of_the_room_are_counted() -> None:
    room = Room()
    line, client, _ = room.open()
    room.hub.left(line, client)
    room.hub.tell_here("terminal.list", "01", changed())
    found = {(one.name, *one.labels.values()): one.value for one in room.hub.readings()}
    assert (found["signals_lines", "away"], found["signals_waiting",]) == (1, 1)
    assert json.dumps(list(found.values()))
