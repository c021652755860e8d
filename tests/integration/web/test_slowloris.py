"""H3: half headers, slow bodies and slow readers are ended in time, and others are served well meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.integration.web.harness import Connection, Server, running
from tests.waiting import until_async

MANY = 60
LIMITS = {"header_s": 0.8, "body_s": 0.8, "idle_s": 1, "stalled_s": 0.8, "connections_per_address": 500}
IN_TIME_S = 8.0  # twice a second the server looks, on a machine that others use too
STILL_OPEN_S = 3.0
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b"POST /lamps HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"

Attack = Callable[[Server], Awaitable[Connection]]


async def drip(connection: Connection, data: bytes) -> None:
    """One byte at a time: a deadline that begins anew with each byte would never end it."""
    for byte in data:
        if connection.writer.is_closing():
            return
        connection.send(bytes([byte]))
        await asyncio.sleep(0.1)


async def silent(server: Server) -> Connection:
    return await server.connect()


async def half_header(server: Server) -> Connection:
    return await server.connect(b"GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: ")


async def dripping_header(server: Server) -> Connection:
    connection = await server.connect(b"GET /ping HTTP/1.1\r\n")
    drips.append(asyncio.create_task(drip(connection, b"X-Slow: " + b"a" * 500)))
    return connection


async def dripping_second_header(server: Server) -> Connection:
    """Behind an honest first request."""
    connection = await server.connect(PING)
    await connection.answer()
    drips.append(asyncio.create_task(drip(connection, b"GET /ping HTTP/1.1\r\nX-Slow: " + b"a" * 500)))
    return connection


async def half_body(server: Server) -> Connection:
    return await server.connect(BODY + b'{"name": ')


async def dripping_body(server: Server) -> Connection:
    connection = await server.connect(BODY)
    drips.append(asyncio.create_task(drip(connection, b'{"name": "' + b"a" * 500)))
    return connection


async def body_nobody_waits_for(server: Server) -> Connection:
    connection = await server.connect(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    drips.append(asyncio.create_task(drip(connection, b"a" * 500)))
    return connection


async def stalled_upload(server: Server) -> Connection:
    return await server.connect(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin")


async def slow_reader(server: Server) -> Connection:
    connection = await server.connect(b"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\n\r\n", read_buffer=1024)
    await asyncio.sleep(0)
    return connection


async def idle_after_an_answer(server: Server) -> Connection:
    connection = await server.connect(PING)
    assert (await connection.answer()).status == 200
    return connection


ATTACKS: list[Attack] = [
    silent, half_header, dripping_header, dripping_second_header, half_body, dripping_body, body_nobody_waits_for,
    stalled_upload, slow_reader, idle_after_an_answer,
]  # fmt: skip
drips: list[asyncio.Task[None]] = []


@pytest.fixture(autouse=True)
async def drips_end() -> None:
    drips.clear()


async def gone(server: Server) -> bool:
    return not server.front.server_state.connections


async def attack(server: Server, kind: Attack, count: int) -> list[Connection]:
    return list(await asyncio.gather(*(kind(server) for _ in range(count))))


async def finish(connections: list[Connection]) -> None:
    for task in drips:
        task.cancel()
    if drips:
        await asyncio.wait(drips)
    for connection in connections:
        connection.end()


@pytest.mark.parametrize("kind", ATTACKS)
async def test_every_kind_of_slowness_ends(tmp_path: Path, kind: Attack) -> None:
    async with running(tmp_path, limits=LIMITS) as server:
        connections = await attack(server, kind, MANY // 6)
        # A slow reader does not notice that it was cut off, so the server's side is asked.
        await until_async(lambda: gone(server), IN_TIME_S)
        await finish(connections)


@pytest.mark.parametrize("kind", [half_header, dripping_header, slow_reader])
async def test_without_the_deadlines_they_would_stay(tmp_path: Path, kind: Attack) -> None:
    """The harness can see what it is to prevent."""
    async with running(tmp_path, enforce=False, limits=LIMITS) as server:
        connections = await attack(server, kind, 5)
        await asyncio.sleep(STILL_OPEN_S)
        assert len(server.front.server_state.connections) == 5
        await finish(connections)


@pytest.mark.parametrize(
    ("headers", "bodies", "readers"), [(60, 60, 60), pytest.param(500, 200, 200, marks=pytest.mark.faults)]
)
async def test_others_are_served_well_meanwhile(tmp_path: Path, headers: int, bodies: int, readers: int) -> None:
    limits = {"header_s": 5, "body_s": 5, "stalled_s": 5, "connections_per_address": 1000}
    async with running(tmp_path, limits=limits) as server:
        connections = []
        for kind, count in ((half_header, headers), (half_body, bodies), (slow_reader, readers)):
            connections += await attack(server, kind, count)
        times = []
        for _ in range(100):
            begun = time.perf_counter()
            assert (await server.ask(PING)).status == 200
            times.append(time.perf_counter() - begun)
        await until_async(lambda: gone(server), 20)
        await finish(connections)
    assert sorted(times)[98] < 0.3, sorted(times)[-5:]


async def test_a_slow_body_is_told_why(tmp_path: Path) -> None:
    async with running(tmp_path, limits=LIMITS) as server:
        answer = await server.ask(BODY + b"{")
    assert (answer.status, answer.json()["code"]) == (408, "request_too_slow")


async def test_an_upload_that_goes_on_may_take_longer(tmp_path: Path) -> None:
    async with running(tmp_path, limits=LIMITS) as server:
        connection = await server.connect(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n")
        for _ in range(8):
            await asyncio.sleep(0.25)
            connection.send(b"x")
        assert (await connection.answer()).status == 204
        connection.end()


async def test_a_reader_that_goes_on_gets_it_all(tmp_path: Path) -> None:
    async with running(tmp_path, limits=LIMITS) as server:
        connection = await server.connect(b"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\n\r\n", read_buffer=1 << 20)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        left = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            left -= len(await connection.reader.read(min(left, 400_000)))
            await asyncio.sleep(0.04)
        connection.end()


async def test_too_many_of_one_address_are_turned_away(tmp_path: Path) -> None:
    async with running(tmp_path, limits={**LIMITS, "header_s": 5, "connections_per_address": 10}) as server:
        connections = await attack(server, silent, 10)
        await until_async(lambda: len(server.front.server_state.connections) == 10)
        assert (await server.ask(PING)).status in (0, 503)
        assert server.dropped("too many of one address") >= 1
        connections.pop().end()
        await until_async(lambda: len(server.front.server_state.connections) == 9)
        assert (await server.ask(PING)).status == 200
        await finish(connections)


async def test_too_many_in_all_are_turned_away(tmp_path: Path) -> None:
    async with running(tmp_path, limits={**LIMITS, "header_s": 5, "connections": 10}) as server:
        connections = await attack(server, silent, 30)
        await until_async(lambda: server.dropped("too many connections") >= 20)
        await until_async(lambda: len(server.front.server_state.connections) == 10)
        await finish(connections)
