"""Redis is killed, stopped and emptied (R1-R3): a node goes on alone at once, and together again when it is back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import ClassVar

import pytest

from dispatch_server.kit.events import Event
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.fanout import Inbox
from dispatch_server.runtime.redis import RedisBus
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import BusSettings, RedisSettings
from tests.services import Redis
from tests.waiting import until_async

RECOVERY_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Event):
    durable: ClassVar[bool] = True
    bell: int


def rung(number: int) -> BellRung:
    return BellRung(identity=str(number), utc_us=number, bell=number)


async def hear(subscription: Inbox[BellRung], within_s: float = RECOVERY_S) -> int:
    async with asyncio.timeout(within_s):
        return (await anext(subscription)).bell


@pytest.fixture
async def nodes(redis_service: Redis) -> AsyncIterator[tuple[RedisBus, RedisBus]]:
    settings = RedisSettings(url=Secret(redis_service.url), connect_s=0.5)
    async with AsyncExitStack() as stack:
        scope = await stack.enter_async_context(TaskScope("test", Counters()))
        buses = [RedisBus(settings, BusSettings(queue=50), Counters(), World()) for _ in range(2)]
        for bus in buses:
            await stack.enter_async_context(bus.opened(scope))
        await until_async(lambda: all(bus.connected for bus in buses))
        yield buses[0], buses[1]


async def test_a_killed_redis_is_noticed_by_nobody_here_and_caught_up_with(
    nodes: tuple[RedisBus, RedisBus], redis_service: Redis
) -> None:
    here, there = nodes
    local, remote = here.subscribe(BellRung, "local"), there.subscribe(BellRung, "remote")
    redis_service.kill()
    await until_async(lambda: not here.connected and not there.connected, RECOVERY_S)
    assert await here.check() is not None
    here.publish(rung(1))
    assert await hear(local, 0.5) == 1
    redis_service.start()
    assert await hear(remote) == 1
    here.publish(rung(2))
    assert await hear(remote) == 2
    assert await here.check() is None


async def test_a_stopped_redis_holds_up_nobody(nodes: tuple[RedisBus, RedisBus], redis_service: Redis) -> None:
    here, there = nodes
    local, remote = here.subscribe(BellRung, "local"), there.subscribe(BellRung, "remote")
    redis_service.signal(signal.SIGSTOP)
    for number in range(60):
        here.publish(rung(number))
    assert [await hear(local, 0.5) for _ in range(50)] == list(range(10, 60))
    redis_service.signal(signal.SIGCONT)
    heard = [await hear(remote)]
    while heard[-1] != 59:
        heard.append(await hear(remote))
    assert heard == sorted(heard)


async def test_an_emptied_redis_loses_nothing_that_matters(
    nodes: tuple[RedisBus, RedisBus], redis_service: Redis
) -> None:
    here, there = nodes
    remote = there.subscribe(BellRung, "remote")
    here.publish(rung(1))
    assert await hear(remote) == 1
    assert redis_service.cli("flushall") == "OK"
    here.publish(rung(2))
    assert await hear(remote) == 2
