"""Signals: how long one takes to a hundred consoles, and what five hundred idle sockets cost."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect

from bench.load import percentile
from bench.table import Row, within
from tests.e2e.node import Node

CONSOLES, PER_S = 100, 20.0
IDLE = 500
SETTLE_S = 3.0
HELLO = json.dumps({"type": "hello", "body": {}})
MANY = {
    "DISPATCH__SIGNALS__LINES_PER_HOLDER": str(IDLE * 2),
    "DISPATCH__LIMITS__CONNECTIONS_PER_ADDRESS": str(IDLE * 2),
}


async def greeted(stack: AsyncExitStack, port: int, cookie: str) -> ClientConnection:
    socket = await stack.enter_async_context(
        connect(
            f"ws://127.0.0.1:{port}/ws/console",
            additional_headers={"Cookie": f"session={cookie}"},
            proxy=None,
            compression=None,
            open_timeout=30,
        )
    )
    await socket.send(HELLO)
    await socket.recv()
    return socket


async def listen(socket: ClientConnection, delays_s: list[float]) -> None:
    """From the moment that the server's message names to its arrival here; acknowledged as a console does."""
    async for text in socket:
        arrived = time.time()
        message = json.loads(text)
        delays_s.append(arrived - message["body"]["utc_us"] / 1e6)
        if message["seq"] % 16 == 0:
            await socket.send(json.dumps({"type": "ack", "body": {"seq": message["seq"]}}))


async def delays(port: int, secrets: list[str], seconds: float) -> list[float]:
    found: list[float] = []
    async with AsyncExitStack() as stack:
        sockets = [await greeted(stack, port, secret) for secret in secrets]
        tasks = [asyncio.create_task(listen(socket, found)) for socket in sockets]
        await asyncio.sleep(1)
        found.clear()
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return found


def delay_row(seconds: float) -> Row:
    words = [sys.executable, "-m", "bench.signal_server", str(CONSOLES), str(PER_S)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            found = asyncio.run(delays(told["port"], told["secrets"], seconds))
        finally:
            server.terminate()
    ms = {share: percentile(found, share) * 1000 for share in (0.5, 0.99)}
    detail = f"p50 {ms[0.5]:.1f} ms; {len(found)} arrivals, {PER_S:g} signals/s, clients in one process"
    return within(f"signal to {CONSOLES} consoles, p99", ms[0.99], 50, "ms", detail)


async def memory_of(node: Node, cookie: str) -> float:
    """MiB that the server grew by."""
    assert node.server is not None
    process = psutil.Process(node.server.pid)
    async with AsyncExitStack() as stack:
        await greeted(stack, node.port, cookie)  # what the first one brings in is not counted
        await asyncio.sleep(SETTLE_S)
        before = process.memory_info().rss
        for _ in range(IDLE):
            await greeted(stack, node.port, cookie)
        await asyncio.sleep(SETTLE_S)
        return float(process.memory_info().rss - before) / 2**20


def idle_row(port: int) -> Row:
    with tempfile.TemporaryDirectory() as folder, Node(Path(folder) / "data", port, MANY) as node:
        cookie = str(node.client().cookies["session"])
        grown = asyncio.run(memory_of(node, cookie))
    return Row(f"memory of {IDLE} idle sockets", f"{grown:.1f} MiB; {grown * 1024 / IDLE:.0f} KiB each")


def signal_rows(seconds: float, port: int) -> Iterator[Row]:
    """`port`: a free one."""
    yield delay_row(seconds)
    yield idle_row(port)
