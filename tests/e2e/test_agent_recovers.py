"""A terminal whose network is cut, changes or lets no UDP through carries on the same stream."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from terminals import wire
from terminals.publisher import Publisher, State
from terminals.stream_wire import StreamWire
from tests.e2e.field import Network, cuttable, entry, media_age_s, on_air
from tests.e2e.node import Node
from tests.waiting import until_async

FLOWS_S = 0.5  # media this new flows


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    with cuttable(monkeypatch) as network:
        yield network


async def flows(node: Node) -> bool:
    return await media_age_s(node) < FLOWS_S


async def stops(node: Node, seconds: float) -> None:
    async def is_old() -> bool:
        return await media_age_s(node) >= seconds

    await until_async(is_old, seconds + 10, f"a cut of {seconds} s")


async def back_after_s(node: Node, deadline_s: float) -> float:
    began = time.monotonic()
    await until_async(lambda: flows(node), deadline_s, "media again")
    return time.monotonic() - began


@pytest.mark.timeout(120)
async def test_after_a_cut_of_five_seconds_the_same_stream_goes_on(node: Node, network: Network) -> None:
    async with on_air(node) as player:
        await until_async(lambda: flows(node), 20, "media")
        before = (await entry(node))["stream_id"]
        network.cut = True
        await until_async(lambda: player.publisher.state is State.LOST, 10, "the terminal sees it")
        await stops(node, 5)
        network.cut = False
        assert await back_after_s(node, 10) <= 3
        assert (await entry(node))["stream_id"] == before
        await until_async(lambda: player.publisher.state is State.LIVE, 5, "the terminal sees it")


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seconds", [35, 60])
async def test_after_a_long_cut_too(node: Node, network: Network, seconds: int) -> None:
    async with on_air(node) as player:
        await until_async(lambda: flows(node), 20, "media")
        before = (await entry(node))["stream_id"]
        network.cut = True
        began = time.monotonic()

        async def lost() -> bool:
            return (await entry(node))["state"] == "lost"

        await until_async(lost, 45, "the server to see it")
        await until_async(lambda: time.monotonic() - began > seconds, seconds, "the end of the cut")
        network.cut = False
        assert await back_after_s(node, 20) <= 3.5
        found = await entry(node)
        assert (found["stream_id"], found["state"]) == (before, "live")
        await until_async(lambda: player.publisher.state is State.LIVE, 5, "the terminal sees it")


@pytest.mark.timeout(120)
async def test_another_local_port_is_taken_over_within_two_seconds(node: Node, network: Network) -> None:
    async with on_air(node) as player:
        await until_async(lambda: flows(node), 20, "media")
        before = (await entry(node))["stream_id"]
        ages: list[float] = []
        move_silently(player.publisher)
        end = time.monotonic() + 4

        async def watched() -> bool:
            ages.append(await media_age_s(node))
            return time.monotonic() > end

        await until_async(watched, 10)
        assert max(ages) <= 2
        assert ages[-1] < FLOWS_S
        assert (await entry(node))["stream_id"] == before


def move_silently(publisher: Publisher) -> None:
    """As a NAT or a kernel does: packets leave from elsewhere, and nobody tells the terminal."""
    link = publisher.wire
    assert isinstance(link, wire.Wire)
    check_now = link.check_now
    link.check_now = lambda: None  # type: ignore[method-assign]
    link.rebind("127.0.0.1")
    link.check_now = check_now  # type: ignore[method-assign]


@pytest.mark.timeout(120)
async def test_where_udp_is_blocked_it_goes_over_tcp(node: Node, network: Network) -> None:
    network.cut = True  # of UDP only: TCP has sockets of its own
    async with on_air(node) as player:
        await until_async(lambda: flows(node), 30, "media")
        before = (await entry(node))["stream_id"]
        link = player.publisher.wire
        assert isinstance(link, StreamWire)
        earlier = link._connection
        assert earlier is not None
        earlier.end()
        await until_async(lambda: link._connection not in (None, earlier), 10, "another connection")
        assert await back_after_s(node, 10) <= 5
        assert (await entry(node))["stream_id"] == before
    await until_async(lambda: asyncio.to_thread(lambda: not node.live()), 10, "its end")
