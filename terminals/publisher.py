"""Keeps one terminal on air: offers, connects, hands packets to the wire, comes back after every loss."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import httpx2

from dispatch_server.kit.errors import DispatchError
from dispatch_server.media.abilities import IceCredentials, Kind, Layer, LocalTransport, SessionPlan
from dispatch_server.media.events import PictureWanted
from dispatch_server.media.link.certificate import NodeCertificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.states import LinkClosed, LinkConnected, LinkFailed, LinkSuspended
from dispatch_server.media.negotiate import offer_publish, read_publish_answer
from dispatch_server.media.packets.rtcp import Item
from dispatch_server.media.peer import PeerEvent
from dispatch_server.media.track.down_track import DownTrack
from terminals import world
from terminals.local_source import LocalSource
from terminals.pump import Pump, reachable
from terminals.recovery import Session, recover
from terminals.stream_wire import StreamWire
from terminals.whip import Refused, Resource, WhipClient
from terminals.wire import Wire

VIDEO_CLOCK, SOUND_CLOCK = 90_000, 48_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each thing is waited for."""

    first_pause_s: float = 0.5  # before offering again; doubled each time
    longest_pause_s: float = 15.0
    udp_s: float = 5.0  # without an answer over UDP, TCP is tried
    udp_again_s: float = 1.5  # the same, when TCP was needed the last time
    connect_s: float = 10.0
    silent_s: float = 2.0  # the server reports ten times a second: after so much silence something is wrong
    rebind_s: float = 2.0  # between new sockets while it is silent
    probe_s: float = 4.0  # between questions whether the server still has the session
    refused_s: float = 0.0  # before asking again when the server refuses for good; 0: then publishing ends


class State(StrEnum):
    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"


class Path(Protocol):
    """Who learns what the network does: told of every numbered packet, and of every report of the server."""

    def sent(self, first: int, sizes: Sequence[int], now: float) -> None: ...

    def reported(self, item: Item, now: float) -> None: ...


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
        path: Path | None = None,
        patience: Patience | None = None,
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
        self.wire: Pump | None = None
        self._path = path
        self._patience = patience or Patience()
        self._over_tcp = False  # the last connection was
        self._local: LocalTransport | None = None
        self._tracks: dict[Layer, DownTrack] = {}
        self._begun: set[Layer] = set()
        self._resource: Resource | None = None
        self._session_key: str | None = None
        self._changed = asyncio.Event()
        self._connected = False
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
        if track is None or not track.ready:
            return
        if layer not in self._begun:
            track.begin(source, packets[0], now)
            self._begun.add(layer)
        if self._path is None or self.wire is None or self.wire.peer is None:
            track.forward(packets, now)
            return
        transport = self.wire.peer.transport
        first = transport.next
        track.forward(packets, now)
        if transport.next != first:
            self._path.sent(first, [len(packet.payload) for packet in packets], now)

    def spill(self) -> None:
        """Put what was sent since the last call on the wire."""
        if self.wire is not None:
            self.wire.send()

    async def run(self) -> None:
        """Publish until cancelled, or until the server refuses for good and `refused_s` is 0."""
        pause = self._patience.first_pause_s
        try:
            while True:
                try:
                    await self._connect()
                    pause = self._patience.first_pause_s
                    await self._stay()
                    continue  # the server lost the session, not its mind: ask for a new one at once
                except (httpx2.HTTPError, OSError, DispatchError) as error:  # TimeoutError is an OSError
                    self._enter(State.LOST, str(error) or type(error).__name__)
                except Refused as refused:
                    self._enter(State.LOST if refused.retry else State.REFUSED, str(refused))
                    if not refused.retry:
                        if not self._patience.refused_s:
                            return
                        pause = self._patience.refused_s
                finally:
                    self._drop_wire()
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._patience.longest_pause_s)
        finally:
            await self._end()

    async def _connect(self) -> None:
        self._enter(State.CONNECTING)
        credentials = make_credentials(world.chance)
        self._local = local = LocalTransport(credentials, self._fingerprint, (), ice_lite=False)
        ssrcs = (int.from_bytes(world.chance(4), "big") | 1 for _ in itertools.count())
        offer = offer_publish(local, with_sub=self._with_sub, with_sound=self._with_sound, ssrcs=ssrcs)
        self._resource = await self._client.offer(offer, self._session_key)
        self._session_key = self._resource.session_key or self._session_key
        plan = read_publish_answer(offer, self._resource.answer)
        await self._connect_media(plan, credentials)
        self._enter(State.LIVE)
        for layer in (Layer.MAIN, Layer.SUB):
            self._on_picture_wanted(layer)

    async def _connect_media(self, plan: SessionPlan, credentials: IceCredentials) -> None:
        """Over UDP, or over TCP where no UDP address answers."""
        patience = self._patience
        by_tcp = reachable(plan, "tcp")
        if reachable(plan, "udp"):
            self._begin(Wire(self._local_host, self._on_event), plan, credentials)
            assert self.wire is not None
            udp_s = patience.udp_again_s if self._over_tcp else patience.udp_s
            if not by_tcp or await self._connected_within(udp_s) or not self.wire.untouched:
                if await self._connected_within(patience.connect_s):
                    self._over_tcp = False
                    return
                raise TimeoutError("no connection to the media port")
            self._drop_wire()
        for candidate in by_tcp:
            with contextlib.suppress(OSError):
                wire = await StreamWire.open(candidate, self._local_host, self._on_event)
                self._begin(wire, plan, credentials)
                if await self._connected_within(patience.connect_s):
                    self._over_tcp = True
                    return
                break  # what was begun over one connection cannot begin anew over the next
        raise TimeoutError("no connection to the media port, over UDP or TCP")

    def _begin(self, wire: Pump, plan: SessionPlan, credentials: IceCredentials) -> None:
        self.wire = wire
        self._link_event = None
        self._connected = False
        peer = wire.begin(plan, credentials, self._dtls)
        if self._path is not None:
            peer.report_tap = self._path.reported
        self._tracks = {
            Layer.SOUND if track.plan.kind is Kind.AUDIO else track.plan.layer: track for track in peer.down_tracks
        }
        self._begun.clear()

    async def _connected_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._connected:
                    event = await self._next_link_event()
                    if isinstance(event, LinkFailed | LinkClosed):
                        raise ConnectionAbortedError("the media port refused the connection")
                    self._connected = isinstance(event, LinkConnected)
        return self._connected

    async def _stay(self) -> None:
        """Until the session is gone for good; a silent one is brought back where that is possible."""
        patience = self._patience
        while True:
            event = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience.silent_s / 2):
                    event = await self._next_link_event()
            if isinstance(event, LinkFailed | LinkClosed):
                self._enter(State.LOST, "the connection ended")
                return
            wire, resource, local = self.wire, self._resource, self._local
            if wire is None or resource is None or local is None:
                return
            if isinstance(event, LinkSuspended) or world.monotonic() - wire.heard_at > patience.silent_s:
                self._enter(State.LOST, "the server is out of reach")
                session = Session(wire, self._client, resource, local, self._local_host)
                if not await recover(session, patience.rebind_s, patience.probe_s):
                    return
                self._link_event = None
                self._enter(State.LIVE)

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
