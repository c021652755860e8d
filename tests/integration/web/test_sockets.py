"""H4: WebSockets that flood, stall, never finish or come from another page end; others go on."""

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from tests.integration.web.harness import Connection, Server, running
from tests.waiting import until_async

SIGNALS = {"message_bytes": 4096, "messages_per_s": 20, "ping_s": 0.5}
LIMITS = {"header_s": 0.8, "stalled_s": 0.8}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path, signals=SIGNALS, limits=LIMITS) as server:
        yield server


def opening(server: Server, path: str = "/socket", **headers: str) -> "connect":
    return connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers=headers, proxy=None)


async def end_of(socket: ClientConnection) -> int:
    """The code with which the server ends it."""
    async with asyncio.timeout(5):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


async def echoes(server: Server) -> None:
    async with opening(server) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"


async def raw(server: Server, path: str = "/socket") -> Connection:
    """An open WebSocket whose frames are written by hand."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    connection = await server.connect(head.encode(), read_buffer=1024)
    assert b" 101 " in await connection.reader.readuntil(b"\r\n\r\n")
    return connection


def frame(code: int, payload: bytes = b"", final: bool = True) -> bytes:
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack("!H", len(payload))
    return bytes([code | (0x80 if final else 0)]) + size + mask + masked


async def test_ordinary_messages_are_answered(server: Server) -> None:
    await echoes(server)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example:1"])
async def test_a_foreign_page_cannot_open_one(server: Server, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opening(server, Origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_the_own_page_can(server: Server) -> None:
    async with opening(server, Origin=f"http://127.0.0.1:{server.port}") as socket:
        await socket.send("hello")


async def test_an_address_without_socket_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus):
        async with opening(server, "/nowhere"):
            pass


async def test_too_large_a_message_ends_it(server: Server) -> None:
    async with opening(server) as socket:
        await socket.send("x" * 5000)
        assert await end_of(socket) == 1009
    await echoes(server)


async def test_nothing_is_compressed(server: Server) -> None:
    async with opening(server) as socket:
        assert not socket.protocol.extensions


@pytest.mark.parametrize(("code", "count"), [(0x1, 2000), (0x9, 2000), (0x2, 2000)])
async def test_too_many_frames_end_it(server: Server, code: int, count: int) -> None:
    connection = await raw(server)
    connection.send(frame(code) * count)
    assert await connection.ended(5)
    assert server.dropped("too many frames") == 1
    await echoes(server)


async def test_empty_fragments_without_end_take_no_memory(server: Server) -> None:
    connection = await raw(server)
    connection.send(frame(0x1, b"", final=False) + frame(0x0, b"", final=False) * 5000)
    assert await connection.ended(5)


async def test_a_message_that_is_never_finished_ends_it(tmp_path: Path) -> None:
    async with running(tmp_path, signals={**SIGNALS, "ping_s": 20}, limits=LIMITS) as server:
        connection = await raw(server)
        connection.send(frame(0x1, b"begin", final=False))
        assert await connection.ended(5)
        assert server.dropped("message never finished") == 1


async def test_who_does_not_answer_pings_is_ended(server: Server) -> None:
    connection = await raw(server)
    assert await connection.ended(5)


async def test_who_does_not_read_is_ended(server: Server) -> None:
    connection = await raw(server, "/fountain")
    connection.writer.transport.pause_reading()  # type: ignore[attr-defined]
    await until_async(lambda: server.dropped("messages not read") == 1, 8)
    connection.end()
    await echoes(server)


async def test_wrong_frames_end_it(server: Server) -> None:
    for wrong in (frame(0x3), frame(0x1, b"\xff\xfe"), frame(0x0, b"cont"), b"\x81\x05hello", frame(0x8, b"\x00")):
        connection = await raw(server)
        connection.send(wrong)
        assert await connection.ended(5), wrong
    await echoes(server)


async def test_there_is_a_bound_to_them(tmp_path: Path) -> None:
    async with running(tmp_path, signals={**SIGNALS, "connections": 2, "ping_s": 20}, limits=LIMITS) as server:
        first, second = await raw(server), await raw(server)
        with pytest.raises((ConnectionClosed, InvalidMessage, OSError)):
            async with opening(server) as socket:
                await socket.recv()
        assert server.dropped("too many WebSockets") == 1
        first.end()
        await until_async(lambda: len(server.front.server_state.connections) == 1)
        await echoes(server)
        second.end()


async def test_a_storm_of_openings_and_closings_leaves_nothing(server: Server) -> None:
    for _ in range(5):
        await asyncio.gather(*(echoes(server) for _ in range(20)))
    await until_async(lambda: not server.front.server_state.connections)
    assert server.counters.registry.get_sample_value("dispatch_http_connections") == 0


async def test_without_the_bound_a_flood_would_be_taken(tmp_path: Path) -> None:
    """The harness can see what it is to prevent."""
    async with running(tmp_path, enforce=False, signals=SIGNALS, limits=LIMITS) as server:
        connection = await raw(server)
        connection.send(frame(0x9) * 2000)
        received = 0
        async with asyncio.timeout(5):
            while received < 2000 * 2:
                received += len(await connection.reader.read(65_536))
        connection.end()
