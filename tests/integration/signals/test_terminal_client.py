"""The terminal's own client against a real server: lost connections lose and double nothing, tokens are replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.identity.actions import register
from dispatch_server.protocol.signals import Signal
from dispatch_server.signals.model import Side
from terminals.conversation import Received
from terminals.signals import AccessToken, SignalClient, State
from tests.integration.signals.rig import Node, node
from tests.waiting import until_async

register("test.beat", "a terminal's sign of life in these tests", frozenset(), by_bearer=True)


class Beat(Signal):
    number: int


class BeatAnswer(Signal):
    number: int


class Order(Signal):
    number: int


class Device:
    """A client with its tokens and what it heard."""

    def __init__(self, server: Node, life_s: float = 60.0) -> None:
        self.server = server
        self.life_s = life_s
        self.asked = 0
        self.received: list[Received] = []
        self.states: list[State] = []
        self.client = SignalClient(
            f"ws://127.0.0.1:{server.port}/ws/terminal",
            self.token,
            self.received.append,
            first_pause_s=0.02,
            longest_pause_s=0.2,
            on_state=self.states.append,
        )

    async def token(self) -> AccessToken:
        self.asked += 1
        return AccessToken(self.server.tokens.issue(f"token-{self.asked}"), self.life_s)

    def orders(self) -> list[int]:
        return [one.body["number"] for one in self.received if one.type == "order"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Node]:
    async with node(tmp_path) as server:
        beats: list[int] = []

        async def beat(caller: Any, message: Beat) -> BeatAnswer:
            beats.append(message.number)
            return BeatAnswer(number=message.number)

        server.hub.on(Beat, "test.beat", beat, side=Side.TERMINAL)
        server.beats = beats  # type: ignore[attr-defined]
        yield server


@asynccontextmanager
async def running(device: Device) -> AsyncIterator[Device]:
    task = asyncio.create_task(device.client.run())
    try:
        await until_async(lambda: device.client.state is State.OPEN)
        yield device
    finally:
        task.cancel()
        await asyncio.wait([task])


def cut(server: Node) -> None:
    for connection in list(server.front.server_state.connections):
        connection.transport.abort()


async def test_a_question_is_answered(server: Node) -> None:
    async with running(Device(server)) as device:
        answer = await device.client.ask(Beat(number=3))
        assert (answer.type, answer.body) == ("beat_answer", {"number": 3})


async def test_connections_that_are_cut_lose_and_double_nothing(server: Node) -> None:
    async with running(Device(server)) as device:
        for number in range(40):
            server.hub.send_to_terminal("T0101", Order(number=number))
            await device.client.tell(Beat(number=number))
            if number % 8 == 5:
                losses = device.states.count(State.AWAY)
                cut(server)
            if number % 8 == 7:
                await until_async(lambda losses=losses: device.states.count(State.AWAY) > losses)
                await until_async(lambda: device.client.state is State.OPEN)
        await until_async(lambda: len(device.orders()) == 40)
        await until_async(lambda: not device.client.conversation.unanswered())
        assert device.orders() == list(range(40))
        assert sorted(server.beats) == list(range(40))  # type: ignore[attr-defined]
        assert device.states.count(State.AWAY) >= 5
        assert server.hub.lines.find("") is None and len(server.hub.lines) == 1


async def test_the_token_is_replaced_in_the_open_connection(server: Node) -> None:
    async with running(Device(server, life_s=0.3)) as device:
        await until_async(lambda: device.asked >= 3)
        del server.tokens.valid["token-1"]
        looked = len(server.tokens.looked)
        await until_async(lambda: len(server.tokens.looked) > looked + 3)
        assert "token-1" not in server.tokens.looked[looked:]
        assert device.states == [State.OPEN]


async def test_who_is_revoked_is_refused_and_comes_back_when_it_may(server: Node) -> None:
    async with running(Device(server)) as device:

        async def wrong() -> AccessToken:
            return AccessToken("revoked", 60)

        device.client.tokens = wrong
        server.hub.disconnect("terminal:T0101:key-1", "revoked")
        await until_async(lambda: device.client.state is State.REFUSED)
        device.client.tokens = device.token
        await until_async(lambda: device.client.state is State.OPEN)


async def test_what_is_acknowledged_is_not_kept(server: Node) -> None:
    async with running(Device(server)) as device:
        server.hub.send_to_terminal("T0101", Order(number=1))
        await until_async(lambda: device.orders() == [1])
        (line,) = list(server.hub.lines)
        await until_async(lambda: len(line.outbox) == 0)
