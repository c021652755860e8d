"""Redis is killed: sockets here go on at once, and what may not be lost reaches the other node when it is back."""

from contextlib import AsyncExitStack
from pathlib import Path

from dispatch_server.protocol.signals import TerminalChanged
from tests.integration.signals.rig import Client, node
from tests.services import Redis
from tests.waiting import until_async

RECOVERY_S = 10.0


def changed(number: int) -> TerminalChanged:
    return TerminalChanged(number="T0101", department="01", state="online", utc_us=number)


async def test_local_sockets_go_on_and_remote_ones_catch_up(tmp_path: Path, redis_service: Redis) -> None:
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(node(tmp_path, redis_url=redis_service.url))
        there = await stack.enter_async_context(node(tmp_path, redis_url=redis_service.url))
        await until_async(lambda: here.bus.connected and there.bus.connected)
        local = await Client.greeting(await stack.enter_async_context(here.console((await here.sign_in("li"))[0])))
        remote = await Client.greeting(await stack.enter_async_context(there.console((await there.sign_in("li"))[0])))
        redis_service.kill()
        await until_async(lambda: not here.bus.connected and not there.bus.connected, RECOVERY_S)
        for number in range(5):
            here.hub.send_to_person("li", changed(number))
            assert (await local.next(0.5))["body"]["utc_us"] == number
        await local.send("ping")
        assert (await local.next(0.5))["type"] == "pong"
        redis_service.start()
        heard = [(await remote.next(RECOVERY_S))["body"]["utc_us"] for _ in range(5)]
        assert heard == list(range(5))
