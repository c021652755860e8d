"""A message is executed once, where it is permitted, and whatever goes wrong is an answer and not an end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dispatch_server.identity.actions import register
from dispatch_server.identity.model import Role
from dispatch_server.kit.errors import Conflict
from dispatch_server.protocol.signals import Signal
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.signals.handlers import MessageUnregistered
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.model import Side
from tests.unit.signals.fakes import T0101, Room, message, read, session, types

register("test.lamp", "switch a lamp", frozenset({Role.OPERATOR}))


class SwitchLamp(Signal):
    lamp: str
    on: bool


class LampSwitched(Signal):
    lamp: str


class Lamps:
    """Counts what is executed."""

    def __init__(self) -> None:
        self.executed: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def switch(self, caller: Any, wish: SwitchLamp) -> LampSwitched | None:
        self.executed.append(wish.lamp)
        await self.go_on.wait()
        match wish.lamp:
            case "broken":
                raise RuntimeError("secret of ours")
            case "locked":
                raise Conflict("lamp_locked", "The lamp is locked.")
            case "silent":
                return None
        return LampSwitched(lamp=wish.lamp)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room(SignalLimits(handler_s=0.2))
    async with TaskScope("test", Counters()) as scope:
        room.hub.desk.open(scope)
        yield room


@pytest.fixture
def lamps(room: Room) -> Lamps:
    lamps = Lamps()
    room.hub.on(SwitchLamp, "test.lamp", lamps.switch)
    return lamps


def switch(lamp: str, message_id: str | None = None) -> str:
    return message("switch_lamp", message_id, lamp=lamp, on=True)


async def test_an_answer_goes_back_to_who_asked(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    await room.hub.take(line, switch("a", "m-1"))
    answer = read(line)[-1]
    assert (answer["type"], answer["reply_to"], answer["seq"], answer["body"]) == (
        "lamp_switched",
        "m-1",
        1,
        {"lamp": "a"},
    )


async def test_what_has_no_answer_is_done_if_it_was_named(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    await room.hub.take(line, switch("silent"))
    await room.hub.take(line, switch("silent", "m-1"))
    assert types(read(line)) == ["welcome", "done"]


async def test_a_message_that_is_sent_again_is_not_executed_again(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    await room.hub.take(line, switch("a", "m-1"))
    await room.hub.take(line, switch("a", "m-1"))
    assert (lamps.executed, types(read(line))) == (["a"], ["welcome", "lamp_switched"])
    await room.hub.take(line, message("ack", seq=1))
    await room.hub.take(line, switch("a", "m-1"))  # the answer had arrived, yet it is asked for again
    assert (lamps.executed, types(read(line))) == (["a"], ["lamp_switched"])
    second, _, _ = room.open()  # another connection of the same sign-in, after its line was lost for good
    await room.hub.take(second, switch("a", "m-1"))
    assert (lamps.executed, types(read(second))) == (["a"], ["welcome", "lamp_switched"])


async def test_a_lost_connection_does_not_interrupt_an_execution(room: Room, lamps: Lamps) -> None:
    line, client, _ = room.open()
    lamps.go_on.clear()
    taking = asyncio.create_task(room.hub.take(line, switch("a", "m-1")))
    await asyncio.sleep(0)
    while not lamps.executed:
        await asyncio.sleep(0)
    taking.cancel()
    room.hub.left(line, client)
    line, _, resumed = room.open(resume={"line": line.id, "seq": 0})
    await room.hub.take(line, switch("a", "m-1"))  # sent again while it is still executed
    lamps.go_on.set()
    while not len(line.outbox):
        await asyncio.sleep(0)
    assert (resumed, lamps.executed, types(read(line))) == (True, ["a"], ["welcome", "lamp_switched"])


async def test_a_refusal_is_an_answer_and_another_try_is_allowed(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    await room.hub.take(line, switch("locked", "m-1"))
    await room.hub.take(line, switch("locked", "m-1"))
    codes = [one["body"]["code"] for one in read(line)[1:]]
    assert (codes, len(lamps.executed), room.errors) == (["lamp_locked", "lamp_locked"], 2, [])


async def test_what_nobody_expected_is_reported_and_not_told(room: Room, lamps: Lamps) -> None:
    line, client, _ = room.open()
    await room.hub.take(line, switch("broken", "m-1"))
    await room.hub.take(line, switch("a", "m-2"))
    messages = read(line)[1:]
    assert types(messages) == ["error", "lamp_switched"]
    assert messages[0]["body"]["code"] == "internal_error"
    assert "secret" not in str(messages)
    assert room.errors == ["signal switch_lamp: secret of ours"]
    assert client.ended is None


async def test_what_takes_too_long_is_given_up(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    lamps.go_on.clear()
    await room.hub.take(line, switch("a", "m-1"))
    await room.hub.take(line, switch("a", "m-1"))
    assert [one["body"]["code"] for one in read(line)[1:]] == ["took_too_long"]
    assert lamps.executed == ["a"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (message("nothing_known"), "unknown_type"),
        (message("switch_lamp", lamp="a"), "invalid_message"),
        (message("switch_lamp", lamp="a", on="yes"), "invalid_message"),
        (message("switch_lamp", lamp="a", on=True, more=1), "invalid_message"),
        (message("ack", seq="1"), "invalid_message"),
        (message("ping", more=1), "invalid_message"),
        (message("hello"), "already_greeted"),
        ("no json", "malformed_message"),
        ('{"type": "ack", "type": 5}', "malformed_message"),
        ("[" * 60_000, "malformed_message"),
    ],
)
async def test_what_is_wrong_gets_its_code_and_the_line_goes_on(room: Room, lamps: Lamps, text: str, code: str) -> None:
    line, client, _ = room.open()
    await room.hub.take(line, text)
    assert [one["body"].get("code") for one in read(line)[1:]] == [code]
    assert (lamps.executed, client.ended) == ([], None)


async def test_who_may_not_is_refused_for_each_message_and_noted(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open(session("officer", role=Role.OFFICER))
    await room.hub.take(line, switch("a", "m-1"))
    (answer,) = read(line)[1:]
    assert (answer["body"]["code"], answer["reply_to"]) == ("not_permitted", "m-1")
    assert (lamps.executed, room.rights.refusals) == ([], [(line.holder, "test.lamp")])


async def test_a_message_of_one_side_is_unknown_on_the_other(room: Room, lamps: Lamps) -> None:
    terminal, _, _ = room.open(T0101)
    await room.hub.take(terminal, switch("a"))
    assert read(terminal)[-1]["body"]["code"] == "unknown_type"
    room.hub.on(SwitchLamp, "test.lamp", lamps.switch, side=Side.TERMINAL)
    await room.hub.take(terminal, switch("b"))
    assert lamps.executed == ["b"]


async def test_what_cannot_be_put_on_record_is_not_done(room: Room, lamps: Lamps) -> None:
    line, _, _ = room.open()
    room.rights.is_away = True
    await room.hub.take(line, switch("a", "m-1"))
    assert (read(line)[-1]["body"]["code"], lamps.executed) == ("ledger_unavailable", [])
    room.rights.is_away = False
    await room.hub.take(line, switch("a", "m-1"))
    assert (lamps.executed, room.rights.acts) == (["a"], ["test.lamp"])


def test_no_message_without_an_action_and_no_name_twice() -> None:
    room, lamps = Room(), Lamps()
    with pytest.raises(MessageUnregistered):
        room.hub.on(SwitchLamp, "test.nobody_registered_this", lamps.switch)
    with pytest.raises(MessageUnregistered):
        room.hub.topic("lamps", "test.nobody_registered_this", lambda scope: LampSwitched(lamp=""), 1)
    room.hub.on(SwitchLamp, "test.lamp", lamps.switch)
    with pytest.raises(MessageUnregistered):
        room.hub.on(SwitchLamp, "test.lamp", lamps.switch)
    assert ("/ws/console", "switch_lamp", "test.lamp") in set(room.hub.handlers.registered())
