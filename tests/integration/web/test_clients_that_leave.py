"""Clients that leave in the middle are nothing unexpected."""

import asyncio
from pathlib import Path

import pytest

from tests.integration.web.harness import running
from tests.waiting import until_async

HALVES = {
    "upload": b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbegin",
    "body": b'POST /lamps HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"name',
    "answer": b"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("half", HALVES)
async def test_who_leaves_is_not_counted_as_a_surprise(tmp_path: Path, half: str) -> None:
    async with running(tmp_path) as server:
        connection = await server.connect(HALVES[half], read_buffer=1024)
        await until_async(lambda: len(server.front.server_state.tasks) == 1)
        await asyncio.sleep(0)
        connection.end()
        await until_async(lambda: not server.front.server_state.tasks)
        assert server.counters.registry.get_sample_value("dispatch_surprises_total", {"where": "http"}) is None
        assert server.counters.registry.get_sample_value("dispatch_http_requests_in_hand") == 0


async def test_a_server_that_stops_lets_answers_end(tmp_path: Path) -> None:
    async with running(tmp_path, server={"stop_s": 4}) as server:
        connection = await server.connect(b"PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo")
        await until_async(lambda: len(server.front.server_state.tasks) == 1)
        server.front.should_exit = True
        await asyncio.sleep(0.3)  # time to end the answer too early
        connection.send(b"dy")
        assert (await connection.answer()).status == 204
        connection.end()
