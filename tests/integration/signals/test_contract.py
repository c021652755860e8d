"""Signals, the same in one process and across two nodes over a real Redis: who is addressed hears, once, in order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from dispatch_server.protocol.signals import TerminalChanged
from tests.integration.signals.rig import Client, Node, node
from tests.waiting import until_async


@dataclass
class Ends:
    """Where it is said and where somebody is connected."""

    speaker: Node
    hearer: Node


@pytest.fixture(params=["one process", "two nodes"])
async def ends(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ends]:
    async with AsyncExitStack() as stack:
        if request.param == "one process":
            only = await stack.enter_async_context(node(tmp_path))
            yield Ends(only, only)
            return
        redis = request.getfixturevalue("redis_service")
        hearer = await stack.enter_async_context(node(tmp_path, redis_url=redis.url))
        speaker = await stack.enter_async_context(node(tmp_path, redis_url=redis.url))
        await until_async(lambda: hearer.bus.connected and speaker.bus.connected)
        await until_async(lambda: redis.cli("pubsub", "numsub", "dispatch:now").endswith("2"))
        yield Ends(speaker, hearer)


def changed(number: int, department: str = "01") -> TerminalChanged:
    return TerminalChanged(number=f"T{number:04d}", department=department, state="online", utc_us=number)


async def numbers(client: Client, count: int) -> list[int]:
    return [(await client.next())["body"]["utc_us"] for _ in range(count)]


async def test_a_person_hears_everything_once_and_in_order(ends: Ends) -> None:
    secret, _ = await ends.hearer.sign_in("li")
    async with ends.hearer.console(secret) as socket:
        client = await Client.greeting(socket)
        for number in range(50):
            ends.speaker.hub.send_to_person("li", changed(number))
            ends.speaker.hub.send_to_person("wang", changed(number))
        assert await numbers(client, 50) == list(range(50))
        assert [one["seq"] for one in client.messages[1:]] == list(range(1, 51))


async def test_a_terminal_hears_what_is_sent_to_its_number(ends: Ends) -> None:
    token = ends.hearer.tokens.issue("good", "T0101")
    async with ends.hearer.terminal(token) as socket:
        client = await Client.greeting(socket)
        assert socket.subprotocol == "dispatch.v1"
        ends.speaker.hub.send_to_terminal("T0102", changed(1))
        ends.speaker.hub.send_to_terminal("T0101", changed(2))
        assert await numbers(client, 1) == [2]


async def test_a_department_is_heard_of_where_it_may_be_seen(ends: Ends) -> None:
    secret, _ = await ends.hearer.sign_in("li", "01")
    async with ends.hearer.console(secret) as socket:
        client = await Client.greeting(socket)
        for number, department in enumerate(["02", "01", "", "01/03", "011"]):
            ends.speaker.hub.send_to_scope("terminal.list", department, changed(number, department))
        ends.speaker.hub.send_to_scope("publish_key.issue", "01", changed(9))
        ends.speaker.hub.send_to_person("li", changed(10))
        assert await numbers(client, 3) == [1, 3, 10]


async def test_a_state_is_heard_in_its_newest_form(ends: Ends) -> None:
    secret, _ = await ends.hearer.sign_in("li")
    async with ends.hearer.console(secret) as socket:
        client = await Client.greeting(socket)
        for number in range(40):
            ends.speaker.hub.send_to_person("li", changed(number), newest_of="lamp")
        heard = [(await client.next())["body"]["utc_us"]]
        while heard[-1] != 39:
            heard += await numbers(client, 1)
        assert heard == sorted(heard)


async def test_what_was_said_while_the_connection_was_lost_arrives_when_it_is_back(ends: Ends) -> None:
    secret, _ = await ends.hearer.sign_in("li")
    async with ends.hearer.console(secret) as socket:
        client = await Client.greeting(socket)
        ends.speaker.hub.send_to_person("li", changed(0))
        assert await numbers(client, 1) == [0]
        socket.transport.abort()
    (line,) = list(ends.hearer.hub.lines)
    await until_async(lambda: line.pipe is None)
    for number in range(1, 10):
        ends.speaker.hub.send_to_person("li", changed(number))
    await until_async(lambda: line.outbox.last == 10)
    async with ends.hearer.console(secret) as socket:
        client = await Client.greeting(socket, resume={"line": client.welcome["line"], "seq": 1})
        assert client.welcome["resumed"]
        assert await numbers(client, 9) == list(range(1, 10))


async def test_whoever_lost_the_right_is_disconnected_wherever_it_is_connected(ends: Ends) -> None:
    token = ends.hearer.tokens.issue("good", "T0101")
    async with ends.hearer.terminal(token) as socket:
        client = await Client.greeting(socket)
        ends.speaker.hub.disconnect("terminal:T0101:another-key", "revoked")
        ends.speaker.hub.send_to_terminal("T0101", changed(1))
        assert await numbers(client, 1) == [1]
        ends.speaker.hub.disconnect("terminal:T0101:key-1", "revoked")
        assert await client.ended() == 4401
        assert client.messages[-1]["body"] == {"code": "session_ended", "again": False}
