"""The console's socket: a township's own changes come at once, and of another's nothing comes, nor anything sooner."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dispatch_server.identity.guard import COOKIE
from dispatch_server.kit.scope import COUNTY
from dispatch_server.wiring.signals import Rights
from tests.integration.isolation.county import SOURCE, A, B, County, whole_county
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(120)
CHANGES = 12
PAUSE_S = 0.15  # longer than the hub keeps between two lists


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with whole_county(tmp_path / "var") as made:
        yield made


class Console:
    """Keeps all that comes, and says how often each kind came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.texts: list[str] = []
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                self.texts.append(str(text))
        except ConnectionClosed:
            return

    async def say(self, kind: str, **body: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "body": body}))

    def count(self, kind: str) -> int:
        return sum(json.loads(text)["type"] == kind for text in self.texts)

    async def fence(self) -> None:
        """All that was sent before has come."""
        pongs = self.count("pong")
        await self.say("ping")
        await until_async(lambda: self.count("pong") > pongs, 10, "the pong")


async def console(county: County, department: str) -> Console:
    headers = {"Cookie": f"{COOKIE}={county.secrets[department]}"}
    opened = Console(
        await connect(f"ws://127.0.0.1:{county.front.port}/ws/console", additional_headers=headers, proxy=None)
    )
    await opened.say("hello", topics=["streams", "terminals"])
    await until_async(lambda: opened.count("stream_list") > 0 and opened.count("terminal_list") > 0, 10, "its lists")
    return opened


async def change_a_stream(county: County, times: int) -> None:
    """Lost and back again, of the stream of A."""
    stream = county.live.streams.of_source(SOURCE)
    assert stream is not None
    for number in range(times):
        tell = county.live.publisher_connected if number % 2 else county.live.publisher_lost
        tell(stream.session_id)
        await asyncio.sleep(PAUSE_S)


async def overheard(county: County) -> tuple[Console, Console]:
    """Both consoles, after the streams of A changed."""
    quiet_regular_turns(county)
    own, other = await console(county, A), await console(county, B)
    for one in (own, other):
        await one.fence()
        one.texts.clear()
    await change_a_stream(county, CHANGES)
    for one in (own, other):
        await one.fence()
        await one.socket.close()
        await one.reading
    return own, other


def quiet_regular_turns(county: County) -> None:
    """The lists that come once in a while are no answer to anything: they stay away while changes are watched."""
    pump = county.wiring.signals.pump  # type: ignore[union-attr]
    for name in ("streams", "terminals"):
        pump._due[name] = county.wiring.world.monotonic() + 3600


async def test_nothing_comes_when_something_happens_elsewhere(county: County) -> None:
    own, other = await overheard(county)
    assert own.count("stream_changed") == CHANGES and own.count("stream_list") >= CHANGES // 2
    assert own.count("terminal_changed") >= CHANGES // 2
    assert [json.loads(text)["type"] for text in other.texts] == ["pong"]


async def test_without_the_scope_it_would_come(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rights, "scope", lambda self, session, action: COUNTY)
    _, other = await overheard(county)
    assert other.count("stream_changed") == CHANGES
    assert county.things["stream"] in "".join(other.texts)
