"""H2: raw HTTP that is wrong, huge or ambiguous gets a 4xx or a closed connection, and little memory."""

import asyncio
import ctypes
import gc
import json
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.integration.web.harness import Server, running

RISE_BYTES = 20 * 1024 * 1024
HEAD = b"Host: 127.0.0.1\r\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as server:
        yield server


def post(body: bytes, path: bytes = b"/lamps", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return (
        b"POST "
        + path
        + b" HTTP/1.1\r\n"
        + HEAD
        + b"Content-Type: application/json\r\n"
        + length
        + more
        + b"\r\n"
        + body
    )


SMUGGLED = b"5\r\nhello\r\n0\r\n\r\nGET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
WRONG = {
    "length and chunks": b"POST /lamps HTTP/1.1\r\n"
    + HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    + SMUGGLED,
    "two lengths": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "negative length": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Content-Length: -5\r\n\r\n",
    "length in words": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Content-Length: five\r\n\r\n",
    "length with a plus": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Content-Length: +5\r\n\r\nhello",
    "unknown coding": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "bad chunk": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "endless chunk size": b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 70_000,
    "no host": b"GET /ping HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "space before the colon": b"GET /ping HTTP/1.1\r\n" + HEAD + b"Content-Length : 5\r\n\r\n",
    "NUL in a header": b"GET /ping HTTP/1.1\r\n" + HEAD + b"X: a\x00b\r\n\r\n",
    "NUL in the path": b"GET /pi\x00ng HTTP/1.1\r\n" + HEAD + b"\r\n",
    "no version": b"GET /ping\r\n" + HEAD + b"\r\n",
    "a TLS hello": bytes.fromhex("16030100a50100"),
    "garbage": bytes(range(256)) + b"\r\n\r\n",
    "only line ends": b"\r\n" * 40_000,
    "5 MB of header": b"GET /ping HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 5_000_000 + b"\r\n\r\n",
    "header over the limit in one read": b"GET /ping HTTP/1.1\r\n" + HEAD + b"X: " + b"a" * 40_000 + b"\r\n\r\n",
    "many headers": b"GET /ping HTTP/1.1\r\n" + HEAD + b"A: b\r\n" * 8_000 + b"\r\n",
    "long path": b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "deep JSON": post(b'{"name":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
    "NaN": post(b'{"name": "a", "watts": NaN}'),
    "infinity": post(b'{"name": "a", "watts": 1e999}'),
    "lone surrogate": post(rb'{"name": "\ud800"}'),
    "surrogate as a name": post(rb'{"\udfff": 1}'),
    "not UTF-8": post(b'{"name": "\xff\xfe"}'),
    "not JSON": post(b"name=a"),
    "cut JSON": post(b'{"name": "a'),
    "NUL in an address": b"GET /assets/%00 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "address with bad UTF-8": b"GET /assets/%ff%fe HTTP/1.1\r\n" + HEAD + b"\r\n",
    "out of the folder": b"GET /assets/../../../etc/passwd HTTP/1.1\r\n" + HEAD + b"\r\n",
    "out of the folder, encoded": b"GET /assets/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a question with a huge body": b"GET /ping HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999999\r\n\r\n",
    "a file asked for with a huge body": b"GET /assets/big-0123.js HTTP/1.1\r\n"
    + HEAD
    + b"Content-Length: 9999999\r\n\r\n",
    "a stream asked for with a huge body": b"GET /stream HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999999\r\n\r\n",
    "too large a body": post(b'{"name": "' + b"a" * 70_000 + b'"}'),
    "unknown method": b"BREW /ping HTTP/1.1\r\n" + HEAD + b"\r\n",
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_refused_and_the_next_is_served(server: Server, name: str) -> None:
    answer = await server.ask(WRONG[name])
    assert answer.status in (0, 501) or 400 <= answer.status < 500, answer
    if answer.status:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status
        assert b"Traceback" not in answer.body and b"root:" not in answer.body
    assert (await server.ask(b"GET /ping HTTP/1.1\r\n" + HEAD + b"\r\n")).status == 200


async def test_what_is_smuggled_behind_an_ambiguous_request_is_not_answered(server: Server) -> None:
    connection = await server.connect(WRONG["length and chunks"])
    assert (await connection.answer()).status == 400
    assert (await connection.answer()).status == 0
    connection.end()


async def test_ordinary_oddities_are_served(server: Server) -> None:
    folded = (
        b"POST /lamps HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    body = json.dumps({"name": "灯"}).encode()
    answer = await server.ask(folded + b"%x;a=b\r\n" % len(body) + body + b"\r\n0\r\nTrailer: x\r\n\r\n")
    assert (answer.status, answer.json()["name"]) == (201, "灯")
    answer = await server.ask(post(b'{"name": "a", "name": "b"}'))
    assert (answer.status, answer.json()["name"]) == (201, "b")


async def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    connection = await server.connect(
        post(b'{"name": "first"}') + post(b'{"name": "second"}') + b"GET /ping HTTP/1.1\r\n" + HEAD + b"\r\n"
    )
    assert (await connection.answer()).json()["name"] == "first"
    assert (await connection.answer()).json()["name"] == "second"
    assert (await connection.answer()).status == 200
    connection.end()


def settled_rss(process: psutil.Process) -> int:
    """Memory that earlier tests have freed goes back to the system first: it would hide what is taken in."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # glibc
    return int(process.memory_info().rss)


async def send_for_ever(server: Server, head: bytes, total: int) -> tuple[int, int, int]:
    """The status, how many bytes went out before the server had enough, and by how much our memory rose."""
    process = psutil.Process()
    before = highest = settled_rss(process)
    connection = await server.connect(head)
    sent, block = 0, b"10000\r\n" + b"x" * 65_536 + b"\r\n" if b"chunked" in head else b"x" * 65_536
    try:
        while sent < total and not connection.writer.is_closing():
            connection.send(block)
            await connection.writer.drain()
            sent += len(block)
            if sent % (16 * len(block)) == 0:
                highest = max(highest, process.memory_info().rss)
    except ConnectionError:
        pass
    answer = await connection.answer()
    connection.end()
    return answer.status, sent, highest - before


FORMS = [b"Content-Length: 209715200", b"Transfer-Encoding: chunked"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [b"/lamps", b"/unread", b"/upload"])
async def test_a_body_of_200_mb_is_not_taken_in(server: Server, form: bytes, path: bytes) -> None:
    method = b"PUT " if path == b"/upload" else b"POST "
    head = method + path + b" HTTP/1.1\r\n" + HEAD + form + b"\r\n\r\n"
    async with asyncio.timeout(30):
        status, sent, rise = await send_for_ever(server, head, 200_000_000)
    assert status in (0, 413, 201)
    assert sent < 50_000_000
    assert rise < RISE_BYTES


async def test_without_the_limit_it_would_be_taken_in(tmp_path: Path) -> None:
    """The harness can see what it is to prevent."""
    async with running(tmp_path, enforce=False, limits={"body_bytes": 1_000_000_000}) as server:
        head = b"POST /lamps HTTP/1.1\r\n" + HEAD + FORMS[1] + b"\r\n\r\n"
        async with asyncio.timeout(30):
            connection_ends_with_us, sent, rise = await send_for_ever_then_stop(server, head, 60_000_000)
    assert sent >= 60_000_000
    assert rise > RISE_BYTES
    assert connection_ends_with_us == 415  # read to its end, then refused for its kind


async def send_for_ever_then_stop(server: Server, head: bytes, total: int) -> tuple[int, int, int]:
    """As above, but the body ends properly, so that it is answered."""
    process = psutil.Process()
    before = highest = settled_rss(process)
    connection = await server.connect(head)
    block = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    sent = 0
    while sent < total:
        connection.send(block)
        await connection.writer.drain()
        sent += len(block)
        highest = max(highest, process.memory_info().rss)
    connection.send(b"0\r\n\r\n")
    answer = await connection.answer()
    connection.end()
    return answer.status, sent, highest - before
