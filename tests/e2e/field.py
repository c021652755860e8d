"""A terminal inside the test: it sends a short clip, and its network can be cut and changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from dispatch_server.engine.udp import Deliver, UdpPort
from dispatch_server.media.link.outbox import Outbox
from terminals import wire
from terminals.clip import clip_path
from terminals.simulation import ensure_clip
from terminals.simulator import Double, Player, Simulator
from tests.e2e.node import ROOT, Node

CLIPS = ROOT / "var" / "clips"  # made once, shared with `make run`


class Network:
    """Whether what the terminal sends and receives gets through."""

    def __init__(self) -> None:
        self.cut = False
        self.sockets = 0

    def port(self, host: str, port: int, *, buffer_bytes: int) -> UdpPort:
        self.sockets += 1
        network = self

        class Cuttable(UdpPort):
            def send(self, outbox: Outbox) -> None:
                if not network.cut:
                    super().send(outbox)

            def receive(self, deliver: Deliver, most: int) -> int:
                return super().receive((lambda datagrams, source: None) if network.cut else deliver, most)

        return Cuttable(host, port, buffer_bytes=buffer_bytes)


@contextmanager
def cuttable(monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network()
    monkeypatch.setattr(wire, "UdpPort", network.port)
    yield network
    monkeypatch.undo()


@asynccontextmanager
async def on_air(node: Node, source: str = "T0101") -> AsyncIterator[Player]:
    """This terminal publishes from here, in this loop."""
    CLIPS.mkdir(parents=True, exist_ok=True)
    path = clip_path(CLIPS, source)
    if not path.exists():
        await asyncio.to_thread(ensure_clip, path, source, "测试", 0)
    simulator = Simulator(node.host)
    player = await simulator.add(Double(source, f"{node.url}/whip/{source}", node.publish_key(source), path))
    playing = asyncio.create_task(simulator.play())
    try:
        yield player
    finally:
        playing.cancel()
        await simulator.stop()


async def entry(node: Node, source: str = "T0101") -> dict[str, Any]:
    """What the server's list says of this terminal's stream."""
    streams = (await asyncio.to_thread(node.get, "/api/v1/streams"))["streams"]
    return next((stream for stream in streams if stream["source"] == source and stream["state"] != "ended"), {})


async def media_age_s(node: Node, source: str = "T0101") -> float:
    """How old the newest media is at the server; a day, when there is none."""
    age = ((await entry(node, source)).get("figures") or {}).get("last_media_age_s")
    return 86_400.0 if age is None else float(age)
