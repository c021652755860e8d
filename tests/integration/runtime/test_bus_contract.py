"""The bus, the same for one node and for several: who subscribed hears, in order, bounded, and nobody waits."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import ClassVar

import pytest

from dispatch_server.kit.bus import Bus, Subscription
from dispatch_server.kit.events import Event
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.fanout import LocalBus, TooManySubscribers
from dispatch_server.runtime.redis import RedisBus
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import BusSettings, RedisSettings
from tests.waiting import until_async

QUEUE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Event):
    lamp: str
    watts: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LampBroken(Event):
    durable: ClassVar[bool] = True
    lamp: str
    places: tuple[str, ...] = ()


def lit(number: int) -> LampLit:
    return LampLit(identity=f"id-{number}", utc_us=number, lamp=f"灯{number}")


def broken(number: int) -> LampBroken:
    return LampBroken(identity=f"id-{number}", utc_us=number, lamp=str(number), places=("门厅", "走廊"))


async def next_of(subscription: Subscription[Event]) -> Event:
    async with asyncio.timeout(5):
        return await anext(subscription)


@dataclass
class Ends:
    """Where to say and where to hear: the same bus, or those of two nodes."""

    speaker: Bus
    hearer: Bus
    counters: Counters


@pytest.fixture(params=["one process", "same node", "two nodes"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    settings, counters = BusSettings(queue=QUEUE, subscribers=4), Counters()
    if request.param == "one process":
        bus = LocalBus(settings, counters)
        yield Ends(bus, bus, counters)
        return
    url = Secret(request.getfixturevalue("redis_service").url)
    async with AsyncExitStack() as stack:
        scope = await stack.enter_async_context(TaskScope("test", counters))

        async def node(counters: Counters) -> RedisBus:
            bus = RedisBus(RedisSettings(url=url), settings, counters, World())
            await stack.enter_async_context(bus.opened(scope))
            await until_async(lambda: bus.connected)
            return bus

        hearer = await node(counters)
        speaker = hearer if request.param == "same node" else await node(Counters())
        # pub/sub has no memory: wait until the hearer's channel is there
        await until_async(lambda: hearing(request, 1 if speaker is hearer else 2))
        yield Ends(speaker, hearer, counters)


def hearing(request: pytest.FixtureRequest, nodes: int) -> bool:
    redis = request.getfixturevalue("redis_service")
    return bool(redis.cli("pubsub", "numsub", "dispatch:now").endswith(str(nodes)))


@pytest.mark.parametrize("make", [lit, broken])
async def test_a_subscriber_hears_the_event_as_it_was_said(ends: Ends, make: Callable[[int], Event]) -> None:
    heard = ends.hearer.subscribe(Event, "test")
    ends.speaker.publish(make(1))
    assert await next_of(heard) == make(1)


async def test_events_of_one_kind_keep_their_order(ends: Ends) -> None:
    heard = ends.hearer.subscribe(LampBroken, "test")
    for number in range(QUEUE):
        ends.speaker.publish(broken(number))
    assert [await next_of(heard) for _ in range(QUEUE)] == [broken(number) for number in range(QUEUE)]


async def test_only_the_kind_that_was_asked_for_is_heard(ends: Ends) -> None:
    heard = ends.hearer.subscribe(LampLit, "test")
    ends.speaker.publish(broken(1))
    ends.speaker.publish(lit(2))
    assert await next_of(heard) == lit(2)


async def test_a_full_queue_loses_the_oldest_and_says_how_many(ends: Ends) -> None:
    slow = ends.hearer.subscribe(LampLit, "slow")
    quick = ends.hearer.subscribe(LampLit, "quick")
    for number in range(QUEUE + 3):
        ends.speaker.publish(lit(number))
        assert await next_of(quick) == lit(number)
    assert slow.missed == 3
    assert await next_of(slow) == lit(3)
    assert ends.counters.dropped_so_far("bus", "slow") == 3
    assert quick.missed == 0


async def test_who_closes_hears_no_more_and_ends(ends: Ends) -> None:
    heard = ends.hearer.subscribe(LampLit, "test")
    waiting = asyncio.create_task(anext(heard, None))
    await asyncio.sleep(0)
    heard.close()
    heard.close()
    async with asyncio.timeout(5):
        assert await waiting is None
    ends.speaker.publish(lit(1))


async def test_there_is_a_bound_to_the_subscribers(ends: Ends) -> None:
    for number in range(4):
        ends.hearer.subscribe(LampLit, str(number))
    with pytest.raises(TooManySubscribers):
        ends.hearer.subscribe(LampLit, "one too many")
