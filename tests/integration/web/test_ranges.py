"""H7: one range is served, ten thousand are refused at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from dispatch_server.web.ranges import OneRange
from tests.integration.web.harness import BIG_BYTES, Answer, Server, running

MANY = ",".join(f"{2 * n}-{2 * n}" for n in range(2_000))
TEN_THOUSAND = "bytes=" + ",".join("0-" for _ in range(10_000))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as server:
        yield server


async def ask(server: Server, value: str) -> Answer:
    return await server.ask(f"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\nRange: {value}\r\n\r\n".encode())


async def test_one_range_is_served(server: Server) -> None:
    answer = await ask(server, "bytes=5-9")
    assert (answer.status, answer.body) == (206, b"xxxxx")
    assert answer.headers["content-range"] == f"bytes 5-9/{BIG_BYTES}"


@pytest.mark.parametrize("value", ["bytes=0-1,3-4", "bytes=" + MANY, TEN_THOUSAND, "bytes=0-0," * 3, "bytes=-1,-1"])
async def test_several_are_refused_at_once(server: Server, value: str) -> None:
    begun = time.perf_counter()
    answer = await ask(server, value)
    assert answer.status == 416
    assert time.perf_counter() - begun < 0.5  # 50 ms on a machine that does nothing else


async def test_two_headers_are_refused_too(server: Server) -> None:
    raw = b"GET /assets/big-0123.js HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nRange: bytes=3-4\r\n\r\n"
    assert (await server.ask(raw)).status == 416


async def multipart_of(app: ASGIApp) -> int:
    status = 0

    async def send(message: dict[str, object]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = int(str(message["status"]))

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()  # nobody disconnects
        return {}

    headers = [(b"range", b"bytes=0-1,3-4")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b"", "scheme": "http"}
    await app(scope, receive, send)  # type: ignore[arg-type]
    return status


async def test_without_the_ring_the_framework_would_serve_them(tmp_path: Path) -> None:
    """The harness can see what it is to prevent."""
    file = tmp_path / "a.bin"
    file.write_bytes(bytes(100))
    bare = Starlette(routes=[Route("/", lambda _: FileResponse(file))])
    assert await multipart_of(bare) == 206
    assert await multipart_of(OneRange(bare)) == 416
