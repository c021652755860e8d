"""Our own viewer inside a test, over UDP or TCP: it keeps the frames that arrive."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from dispatch_server.media.abilities import Fingerprint, Kind, LocalTransport
from dispatch_server.media.events import TrackArrived
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.states import LinkState
from dispatch_server.media.negotiate import offer_watch, read_watch_answer
from dispatch_server.media.peer import PeerEvent
from dispatch_server.media.sink import Frame
from terminals.pump import Pump, reachable
from terminals.stream_wire import StreamWire
from terminals.wire import Wire
from tests.e2e.node import Node


class Screen:
    """A frame sink; `wire` is what it watches over."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.events: list[PeerEvent] = []
        self.wire: Pump

    def take_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def count(self, kind: Kind) -> int:
        return sum(frame.kind is kind for frame in self.frames)

    @property
    def connected(self) -> bool:
        return self.wire.peer is not None and self.wire.peer.link.state is LinkState.CONNECTED

    def on_event(self, event: PeerEvent) -> None:
        self.events.append(event)
        if isinstance(event, TrackArrived):
            event.track.add_frame_sink(self)


@asynccontextmanager
async def screen_of(
    node: Node, source: str, *, by_tcp: bool = False, claims: Fingerprint | None = None
) -> AsyncIterator[Screen]:
    """Watches; `claims`: a fingerprint that is not ours."""
    context = DtlsContext(make_certificate(os.urandom, time.time_ns() // 1000))
    told = claims or context.certificate.fingerprint
    local = LocalTransport(make_credentials(os.urandom), told, (), ice_lite=False)
    offer = offer_watch(local)
    url, token = await asyncio.to_thread(node.token, "watch", source)
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(timeout=20) as client:
        answer = await client.post(url, content=offer, headers=headers)
    assert answer.status_code == 201, answer.text
    plan = read_watch_answer(offer, answer.text)
    screen = Screen()
    if by_tcp:
        screen.wire = await StreamWire.open(reachable(plan, "tcp")[0], node.host, screen.on_event)
    else:
        screen.wire = Wire(node.host, screen.on_event)
    try:
        screen.wire.begin(plan, local.credentials, context)
        yield screen
    finally:
        screen.wire.close()
