"""Requests that were cut, changed and mixed at random: no exception reaches the loop, and the server goes on."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from tests.integration.web.harness import Server, running
from tests.waiting import until_async

SEEDS = [
    b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /lamps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
    + b'{"name":"a"}',
    b"POST /lamps HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n" + b'{"name":"a"}' + b"\r\n0\r\n\r\n",
    b"PUT /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
    b"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\nRange: bytes=0-9\r\n\r\n",
    b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x00\x00\x00\x00hello",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
]
SPICES = [
    b"\r\n",
    b"\x00",
    b"\xff",
    b": ",
    b"%00",
    b"0x",
    b"-1",
    b"chunked",
    b"HTTP/9.9",
    b" ",
    b"\n",
    b"99999999999999",
]
LIMITS = {"header_s": 0.5, "body_s": 0.5, "idle_s": 1, "stalled_s": 0.5, "connections_per_address": 1000}


def mutated(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SEEDS) + chance.choice([b"", *SEEDS]))
    for _ in range(chance.randint(0, 4)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[place : place + chance.randint(1, 8)] = b""
            case 1:
                data[place:place] = chance.choice(SPICES)
            case 2:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case _:
                data[place:place] = data[: chance.randrange(len(data) + 1)]
    return bytes(data[: chance.choice([len(data), len(data), chance.randrange(len(data) + 1)])])


async def throw(server: Server, data: bytes, chance: random.Random) -> None:
    """In one piece or two; stay or go at once."""
    try:
        connection = await server.connect()
    except ConnectionError:
        return
    cut = chance.randrange(len(data) + 1)
    for part in (data[:cut], data[cut:]):
        connection.send(part)
        await asyncio.sleep(0)
    if chance.random() < 0.7:
        await connection.ended(0.3)
    connection.end()


@pytest.mark.parametrize("rounds", [12, pytest.param(1500, marks=pytest.mark.faults)])
async def test_nothing_reaches_the_loop(tmp_path: Path, seeded: random.Random, rounds: int) -> None:
    uncaught: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: uncaught.append(context))
    async with running(tmp_path, limits=LIMITS) as server:
        for _ in range(rounds):
            await asyncio.gather(*(throw(server, mutated(seeded), seeded) for _ in range(25)))
            assert not uncaught, uncaught[0]
        assert (await server.ask(SEEDS[0])).status == 200
        await until_async(lambda: not server.front.server_state.connections, 15)
        assert server.counters.registry.get_sample_value("dispatch_surprises_total", {"where": "http"}) is None
        assert server.counters.registry.get_sample_value("dispatch_http_connections") == 0
        assert server.counters.registry.get_sample_value("dispatch_http_requests_in_hand") == 0
