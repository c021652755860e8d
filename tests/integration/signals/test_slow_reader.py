"""One console that does not read delays no other: shown beside a hub with one queue for all, which does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from dispatch_server.protocol.signals import StreamChanged, TerminalChanged
from tests.integration.signals.rig import Client, Node, node
from tests.integration.signals.test_sockets import raw
from tests.integration.web.harness import Connection
from tests.integration.web.test_sockets import frame
from tests.waiting import until_async

STALLED_S = 3.0
QUICK, ROUNDS = 5, 250
HELLO = b'{"type":"hello","body":{}}'
Send = Callable[[int], Awaitable[None]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Node]:
    async with node(tmp_path, limits={"stalled_s": STALLED_S}) as server:
        yield server


def big(number: int) -> StreamChanged:
    return StreamChanged(stream_id="s", source="T0101", department="", state="live", utc_us=number, reason="x" * 40_000)


@dataclass
class SharedQueue:
    """What the hub must not be: one task that writes to all, one after the other."""

    waiting: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    sockets: list[WebSocket] = field(default_factory=list)

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.websocket("/ws/shared")
        async def shared(socket: WebSocket) -> None:
            await socket.accept()
            self.sockets.append(socket)
            async for _ in socket.iter_text():
                pass

        return router

    async def write(self) -> None:
        while True:
            text = await self.waiting.get()
            for socket in list(self.sockets):
                try:
                    await socket.send_text(text)
                except (WebSocketDisconnect, RuntimeError):
                    self.sockets.remove(socket)


async def longest_wait_s(send: Send, quick: list[Client]) -> float:
    """The longest time until all who read had one message, over many messages to everybody."""
    loop, longest = asyncio.get_running_loop(), 0.0
    for number in range(ROUNDS):
        begun = loop.time()
        await send(number)
        await asyncio.gather(*(client.next(STALLED_S * 3) for client in quick))
        longest = max(longest, loop.time() - begun)
        for client in quick:
            client.messages.clear()
    return longest


async def sleeper(connection: Connection) -> None:
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]


async def test_a_console_that_does_not_read_delays_nobody_and_is_ended(server: Node) -> None:
    async with AsyncExitStack() as stack:
        secrets = [(await server.sign_in(f"p{number}"))[0] for number in range(QUICK)]
        sockets = [await stack.enter_async_context(server.console(secret)) for secret in secrets]
        quick = [await Client.greeting(socket) for socket in sockets]
        slow = await raw(server, (await server.sign_in("slow"))[0])
        slow.send(frame(0x1, HELLO))
        await until_async(lambda: len(server.hub.lines) == QUICK + 1)
        (line,) = server.hub.lines.of_peer(("console", "slow"))  # type: ignore[arg-type]
        await sleeper(slow)

        async def send(number: int) -> None:
            server.hub.tell_here("stream.list", "", big(number))

        assert await longest_wait_s(send, quick) < STALLED_S / 3
        assert line.outbox.overflows > 0
        assert line.outbox.size <= server.hub.limits.outbox_characters
        await until_async(lambda: server.counters.dropped_so_far("http", "messages not read") == 1, STALLED_S * 3)
        await until_async(lambda: line.pipe is None)
        slow.end()


async def test_a_slow_console_loses_superseded_states_and_reads_the_newest(server: Node) -> None:
    connection = await raw(server, (await server.sign_in("slow"))[0])
    connection.send(frame(0x1, HELLO))
    await until_async(lambda: len(server.hub.lines) == 1)
    (line,) = list(server.hub.lines)
    await connection.reader.readexactly(4)  # the frame of the welcome has a head of four bytes
    await sleeper(connection)
    for number in range(ROUNDS):
        server.hub.tell_here("stream.list", "", big(number), newest_of="streams")
        await asyncio.sleep(0.001)
    kept = TerminalChanged(number="T0101", department="", state="online", utc_us=1)
    server.hub.tell_here("terminal.list", "", kept)
    assert (line.outbox.overflows, line.must_resync) == (0, False)
    assert line.outbox.superseded > 50
    connection.writer.transport.resume_reading()  # type: ignore[attr-defined]
    seen = b""
    async with asyncio.timeout(5):
        while b"terminal_changed" not in seen:
            seen = seen[-45_000:] + await connection.reader.read(65_536)
    assert f'"utc_us":{ROUNDS - 1}'.encode() in seen
    connection.end()


async def test_one_queue_for_all_is_seen_to_delay_them(server: Node) -> None:
    """The harness can see what it is to prevent."""
    shared = SharedQueue()
    app = server.front.config.app
    app.router.routes.insert(0, shared.router().routes[0])  # type: ignore[union-attr]
    writing = asyncio.create_task(shared.write())
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(server.opening("/ws/shared")) for _ in range(QUICK + 1)]
        await until_async(lambda: len(shared.sockets) == QUICK + 1)
        sockets[0].transport.pause_reading()

        async def send(number: int) -> None:
            shared.waiting.put_nowait(json.dumps({"type": "big", "body": big(number).model_dump()}))

        quick = [Client(socket) for socket in sockets[1:]]
        assert await longest_wait_s(send, quick) > STALLED_S * 0.6
        writing.cancel()
        sockets[0].transport.abort()
