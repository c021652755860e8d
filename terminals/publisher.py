"""Keeps one terminal on air: offers, connects, hands packets to the wire, comes back after every loss."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from enum import StrEnum

import httpx2

from dispatch_server.kit.errors import DispatchError
from dispatch_server.media.abilities import Kind, Layer, LocalTransport
from dispatch_server.media.events import PictureWanted
from dispatch_server.media.link.certificate import NodeCertificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.states import LinkClosed, LinkConnected, LinkFailed, LinkResumed, LinkSuspended
from dispatch_server.media.negotiate import offer_publish, read_publish_answer
from dispatch_server.media.peer import PeerEvent
from dispatch_server.media.track.down_track import DownTrack
from terminals import world
from terminals.local_source import LocalSource
from terminals.whip import Refused, Resource, WhipClient
from terminals.wire import Wire

VIDEO_CLOCK, SOUND_CLOCK = 90_000, 48_000
CONNECT_S = 10.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
SUSPENDED_S = 20.0  # so long the old session is tried from new sockets before a new one is asked for
REBIND_S = 2.0


class State(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"


class Publisher:
    """
    One publication. `send` is cheap when nobody listens: what cannot be sent is not kept here (the master is).

    `on_picture_wanted(layer)` is called when the server asks for a key frame, `on_state(state)` on every change.
    """

    def __init__(
        self,
        client: WhipClient,
        certificate: NodeCertificate,
        *,
        with_sub: bool = True,
        with_sound: bool = True,
        local_host: str = "0.0.0.0",  # noqa: S104 - the route decides, as for any client
        on_picture_wanted: Callable[[Layer], None] = lambda layer: None,
        on_state: Callable[[State], None] = lambda state: None,
    ) -> None:
        self.state = State.IDLE
        self.reason = ""
        self._client = client
        self._fingerprint = certificate.fingerprint
        self._dtls = DtlsContext(certificate)
        self._with_sub, self._with_sound = with_sub, with_sound
        self._local_host = local_host
        self._on_picture_wanted, self._on_state = on_picture_wanted, on_state
        started = world.utc_us()
        self.sources = {
            Layer.MAIN: LocalSource(VIDEO_CLOCK, started),
            Layer.SUB: LocalSource(VIDEO_CLOCK, started),
            Layer.SOUND: LocalSource(SOUND_CLOCK, started),
        }
        self.wire: Wire | None = None
        self._tracks: dict[Layer, DownTrack] = {}
        self._begun: set[Layer] = set()
        self._resource: Resource | None = None
        self._session_key: str | None = None
        self._changed = asyncio.Event()
        self._link_event: PeerEvent | None = None

    def start_clock(self, utc_us: int) -> None:
        """From when on the encoder's ticks count; the sender reports tell it to the server."""
        for source in self.sources.values():
            source.started_utc_us = utc_us

    def send(self, layer: Layer, payloads: Sequence[tuple[bytes, bool]], ticks: int, is_key: bool) -> None:
        """One access unit or Opus packet, already packetised; goes out with the next `spill`."""
        now = world.monotonic()
        source = self.sources[layer]
        packets = source.number(payloads, ticks, is_key, now)
        track = self._tracks.get(layer)
        if self.state is not State.LIVE or track is None:
            return
        if layer not in self._begun:
            track.begin(source, packets[0], now)
            self._begun.add(layer)
        track.forward(packets, now)

    def spill(self) -> None:
        """Put what was sent since the last call on the wire."""
        if self.wire is not None:
            self.wire.send()

    async def run(self) -> None:
        """Publish until cancelled, or until the server refuses for good."""
        pause = FIRST_PAUSE_S
        try:
            while True:
                try:
                    await self._connect()
                    pause = FIRST_PAUSE_S
                    await self._stay()
                except (httpx2.HTTPError, TimeoutError, OSError, DispatchError) as error:
                    self._enter(State.LOST, str(error) or type(error).__name__)
                except Refused as refused:
                    self._enter(State.LOST if refused.retry else State.REFUSED, str(refused))
                    if not refused.retry:
                        return
                finally:
                    self._drop_wire()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        finally:
            await self._end()

    async def _connect(self) -> None:
        self._enter(State.CONNECTING)
        credentials = make_credentials(world.chance)
        local = LocalTransport(credentials, self._fingerprint, (), ice_lite=False)
        ssrcs = (int.from_bytes(world.chance(4), "big") | 1 for _ in itertools.count())
        offer = offer_publish(local, with_sub=self._with_sub, with_sound=self._with_sound, ssrcs=ssrcs)
        self._resource = await self._client.offer(offer, self._session_key)
        self._session_key = self._resource.session_key or self._session_key
        plan = read_publish_answer(offer, self._resource.answer)
        self.wire = Wire(self._local_host, self._on_event)
        self._link_event = None
        peer = self.wire.begin(plan, credentials, self._dtls)
        self._tracks = {
            Layer.SOUND if track.plan.kind is Kind.AUDIO else track.plan.layer: track for track in peer.down_tracks
        }
        self._begun.clear()
        async with asyncio.timeout(CONNECT_S):
            event = await self._next_link_event()
        if not isinstance(event, LinkConnected):
            raise TimeoutError("no connection to the media port")
        self._enter(State.LIVE)
        for layer in (Layer.MAIN, Layer.SUB):
            self._on_picture_wanted(layer)

    async def _stay(self) -> None:
        """Until the link is gone for good; a suspended one is tried from new sockets first."""
        while True:
            event = await self._next_link_event()
            if isinstance(event, LinkFailed | LinkClosed):
                self._enter(State.LOST, "the connection ended")
                return
            if isinstance(event, LinkSuspended):
                self._enter(State.LOST, "the server is out of reach")
                if not await self._recover():
                    return
                self._enter(State.LIVE)

    async def _recover(self) -> bool:
        for _ in range(int(SUSPENDED_S / REBIND_S)):
            try:
                async with asyncio.timeout(REBIND_S):
                    while True:
                        event = await self._next_link_event()
                        if isinstance(event, LinkResumed):
                            return True
                        if isinstance(event, LinkFailed | LinkClosed):
                            return False
            except TimeoutError:
                if self.wire is not None:
                    self.wire.rebind(self._local_host)
        return False

    async def _next_link_event(self) -> PeerEvent:
        while self._link_event is None:
            self._changed.clear()
            await self._changed.wait()
        event, self._link_event = self._link_event, None
        return event

    def _on_event(self, event: PeerEvent) -> None:
        if isinstance(event, PictureWanted):
            self._on_picture_wanted(event.track.plan.layer)
        else:
            self._link_event = event
            self._changed.set()

    def _enter(self, state: State, reason: str = "") -> None:
        self.reason = reason
        if state is not self.state:
            self.state = state
            self._on_state(state)

    def _drop_wire(self) -> None:
        if self.wire is not None:
            self.wire.close()
            self.wire = None
        self._tracks = {}

    async def _end(self) -> None:
        if self._resource is not None:
            with contextlib.suppress(httpx2.HTTPError, OSError):
                await self._client.end(self._resource)
        await self._client.close()
