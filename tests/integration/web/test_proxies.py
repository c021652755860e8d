"""Behind a proxy that ends TLS: nobody speaks with the server past it, and one sender is one IPv6 network."""

import asyncio
from pathlib import Path

import pytest

from dispatch_server.engine.addresses import announced
from dispatch_server.runtime.counters import Counters
from dispatch_server.settings import LimitSettings, SignalSettings
from dispatch_server.web.connections import Bounds
from tests.integration.web.harness import Answer, Connection, Server, running

BEHIND = {"host": "0.0.0.0", "public_url": "https://dispatch.example"}
PING = b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def ask_from(server: Server, address: str) -> Answer:
    """As another machine would: what is sent to an address of this one comes from it."""
    reader, writer = await asyncio.open_connection(address, server.port)
    connection = Connection(reader, writer)
    connection.send(PING)
    try:
        async with asyncio.timeout(10):
            return await connection.answer()
    finally:
        connection.end()


@pytest.fixture
def own_address() -> str:
    found = [address for address in announced("0.0.0.0", []) if ":" not in address and not address.startswith("127.")]
    if not found:
        pytest.skip("this machine has loopback only")
    return found[0]


async def test_past_the_proxy_nobody_is_answered(tmp_path: Path, own_address: str) -> None:
    async with running(tmp_path, server={**BEHIND, "trusted_proxies": ("192.0.2.1",)}) as server:
        for _ in range(3):
            answer = await ask_from(server, own_address)
            assert (answer.status, answer.json()["code"]) == (403, "not_through_the_proxy")
        assert server.dropped("not through the proxy") == 3
        assert (await ask_from(server, "127.0.0.1")).status == 200
        server.front.bounds.only_trusted = False  # what the rule is for
        assert (await ask_from(server, own_address)).status == 200


async def test_the_proxy_is_answered(tmp_path: Path, own_address: str) -> None:
    async with running(tmp_path, server={**BEHIND, "trusted_proxies": (f"{own_address}/32",)}) as server:
        assert (await ask_from(server, own_address)).status == 200


def test_an_ipv6_network_is_one_sender() -> None:
    bounds = Bounds(LimitSettings(connections_per_address=3), SignalSettings(), Counters())
    assert [bounds.enter(f"2001:db8::{turn}") for turn in range(1, 5)] == [True] * 3 + [False]
    assert bounds.enter("2001:db8:0:1::1")
    for turn in range(1, 5):
        bounds.leave(f"2001:db8::{turn}")
    assert bounds.enter("2001:db8::9")
