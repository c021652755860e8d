"""A terminal in the test's own process: the product's publisher, whose network the test takes away and gives back."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from dispatch_server.media.abilities import LocalTransport
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.negotiate import read_fragment, write_restart_fragment
from terminals.clip import Clip
from terminals.publisher import Publisher, State
from terminals.simulator import Player
from terminals.whip import FRAGMENT, Resource, WhipClient
from terminals.wire import Wire
from tests.e2e.clips import clip_of
from tests.e2e.node import Node
from tests.waiting import until_async

LIVE_S = 40.0
STEP_S = 0.005


class Signalling(WhipClient):
    """The HTTP side, which the test can cut off, and whose server can be said to have forgotten the session."""

    cut = False
    forgotten = False

    async def offer(self, sdp: str, session_key: str | None = None) -> Resource:
        self._check()
        self.forgotten = False
        return await super().offer(sdp, session_key)

    async def knows(self, resource: Resource, fragment: str) -> bool:
        self._check()
        return not self.forgotten and await super().knows(resource, fragment)

    async def restart(self, resource: Resource, fragment: str) -> str:
        """An ICE restart (RFC 9725 4.3.3): the server's new credentials."""
        answer = await self._send("PATCH", resource.url, fragment, {"Content-Type": FRAGMENT, "If-Match": "*"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def _check(self) -> None:
        if self.cut:
            raise OSError("no network")


class Camera:
    """Publishes a clip for ever."""

    def __init__(self, node: Node, source: str) -> None:
        self.signalling = Signalling(f"{node.url}/whip/{source}", node.publish_key(source))
        certificate = make_certificate(os.urandom, time.time_ns() // 1000)
        self.publisher = Publisher(self.signalling, certificate, local_host=node.host)
        self.player = Player(Clip.read(clip_of(source)), self.publisher, time.monotonic() + 0.1)
        self.publisher.start_clock(self.player.frame_zero_utc_us)
        self._host = node.host

    @property
    def wire(self) -> Wire:
        wire = self.publisher.wire
        assert isinstance(wire, Wire)
        return wire

    async def play(self) -> None:
        layers = list(self.player._clip.units)
        while True:
            for layer in layers:
                while self.player.due(layer) <= time.monotonic():
                    self.player.play(layer)
            self.publisher.spill()
            await asyncio.sleep(STEP_S)

    async def live(self) -> None:
        await until_async(lambda: self.publisher.state is State.LIVE, LIVE_S, "the camera's connection")

    async def lose_network(self) -> None:
        """From now on nothing goes out and nothing comes in: no goodbye, no new socket, no HTTP."""
        self.signalling.cut = True
        wire = self.wire
        asyncio.get_running_loop().remove_reader(wire._udp.socket)
        wire._outbox.spill_to = lambda outbox: None
        wire.rebind = self._refuse  # type: ignore[method-assign]
        await until_async(lambda: self.publisher.state is State.LOST, LIVE_S, "the camera's notice of its loss")

    def regain_network(self, rebinds: bool = True) -> None:
        self.signalling.cut = False
        if rebinds:
            del self.wire.rebind

    async def restart_ice(self) -> None:
        """Back with new credentials, on a new socket."""
        wire, resource, earlier = self.wire, self.publisher._resource, self.publisher._local
        assert wire.peer is not None and resource is not None and earlier is not None
        local = LocalTransport(make_credentials(os.urandom), earlier.fingerprint, (), ice_lite=False)
        answer = read_fragment(await self.signalling.restart(resource, write_restart_fragment(local)))
        assert answer.credentials is not None
        wire.peer.link.restart_ice(local.credentials, answer.credentials, time.monotonic(), answer.candidates)
        self.publisher._local = local
        del wire.rebind
        wire.rebind(self._host)

    @staticmethod
    def _refuse(host: str) -> None:
        raise OSError("no such local address")


@asynccontextmanager
async def on_air(node: Node, source: str) -> AsyncIterator[Camera]:
    """A camera that is live."""
    camera = Camera(node, source)
    tasks = [asyncio.create_task(camera.publisher.run()), asyncio.create_task(camera.play())]
    try:
        await camera.live()
        yield camera
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
