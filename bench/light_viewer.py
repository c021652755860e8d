"""A WHEP viewer that costs little: connects, counts, and times one packet in a few."""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx2

from bench.stamped_socket import StampedSocket
from dispatch_server.media.abilities import Layer, LocalTransport
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.states import LinkConnected
from dispatch_server.media.negotiate import offer_watch, read_watch_answer
from dispatch_server.media.packets import rtcp
from dispatch_server.media.packets.rtp import payload_bounds
from terminals import world

TIMED_ONE_IN = 8
BATCH = 512
REPORT_S = 1.0


@dataclass(slots=True)
class Seen:
    """What one viewer saw since `reset`."""

    packets: int = 0
    lost: int = 0
    delays_s: list[float] = field(default_factory=list)


class SentTimes:
    """When each payload of one stream was sent last, by what it ends with; clips repeat, so the last time counts."""

    def __init__(self) -> None:
        self._times: dict[bytes, float] = {}

    def sent(self, payload: bytes, at: float) -> None:
        self._times[payload[-24:]] = at

    def delay(self, payload: bytes, arrived: float) -> float | None:
        """Seconds from sending to the arrival in the viewer's kernel; both on the wall clock of this machine."""
        then = self._times.get(payload[-24:])
        return None if then is None else arrived - then


class LightViewer:
    """One session. It reports loss to the server once a second, but asks for no repair."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        endpoint: str,
        token: str,
        context: DtlsContext,
        host: str,
        layer: Layer = Layer.MAIN,
    ) -> None:
        self._client, self._endpoint, self._token = client, endpoint, token
        self._context, self._host, self._layer = context, host, layer
        self._udp: StampedSocket | None = None
        self._link: Link | None = None
        self._highest: dict[int, int] = {}
        self._count = 0
        self._next_tick = 0.0
        self._next_report = 0.0
        self._picture_ssrc = 0
        self.sent_times: SentTimes | None = None
        self.seen = Seen()
        self.url = ""
        self.connected_s: float | None = None
        self.first_frame_s: float | None = None
        self._connected = asyncio.Event()
        self._first_frame = asyncio.Event()
        self._begun = 0.0

    async def join(self) -> None:
        """POST, connect; `connected_s` and `first_frame_s` count from the POST."""
        credentials = make_credentials(world.chance)
        local = LocalTransport(credentials, self._context.certificate.fingerprint, (), ice_lite=False)
        offer = offer_watch(local, layers=(self._layer, Layer.SOUND))
        self._begun = time.perf_counter()
        response = await self._client.post(
            self._endpoint,
            content=offer,
            headers={"Content-Type": "application/sdp", "Authorization": f"Bearer {self._token}"},
        )
        if response.status_code != 201:
            raise RuntimeError(f"WHEP: {response.status_code} {response.text[:200]}")
        self.url = urljoin(self._endpoint, response.headers["Location"])
        plan = read_watch_answer(offer, response.text)
        self._udp = StampedSocket(self._host)
        self._outbox = Outbox(self._udp.send, 64 * 1024)
        self._link = Link(
            local=credentials,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=self._context,
            outbox=self._outbox,
            random=world.chance,
            controlling=True,
            remote_candidates=[one for one in plan.remote_candidates if one.transport == "udp"],
        )
        loop = asyncio.get_running_loop()
        loop.add_reader(self._udp.socket, self.readable)
        self.tick()
        while not self._connected.is_set():
            self.tick()
            try:
                await asyncio.wait_for(self._connected.wait(), 0.02)
            except TimeoutError:
                if time.perf_counter() - self._begun > 10:
                    raise

    async def first_frame(self) -> None:
        await asyncio.wait_for(self._first_frame.wait(), 10)

    def readable(self) -> None:
        assert self._udp is not None
        now = world.monotonic()
        for datagram, source, arrived in self._udp.receive(BATCH):
            self._take(datagram, source, now, arrived)
        if now >= self._next_tick or (not self._connected.is_set() and self._due(now)):
            self.tick()

    def _due(self, now: float) -> bool:
        """Whether the handshake calls for the next step at once."""
        due = self._link.deadline() if self._link is not None else None
        return due is not None and due <= now

    def tick(self) -> None:
        link = self._link
        assert link is not None
        now = world.monotonic()
        self._next_tick = now + 0.25
        link.tick(now)
        self._take_events()
        if link.srtp is not None and link.destination is not None and now >= self._next_report and self._picture_ssrc:
            self._next_report = now + REPORT_S
            block = rtcp.ReceiverBlock(self._picture_ssrc, 0, 0, 0, 0, 0, 0)
            link.srtp.protect_rtcp(rtcp.write_receiver_report(1, [block]), link.destination, self._outbox)
        self._outbox.spill()

    def _take(self, datagram: bytes, source: Address, now: float, arrived: float) -> None:
        link = self._link
        assert link is not None
        first = datagram[0]
        if not 128 <= first <= 191:
            link.feed(datagram, source, now)
            self._take_events()
            self._outbox.spill()
            return
        if 192 <= datagram[1] <= 223:
            return
        seen = self.seen
        seen.packets += 1
        ssrc = int.from_bytes(datagram[8:12], "big")
        sequence = datagram[2] << 8 | datagram[3]
        step = sequence - self._highest.get(ssrc, sequence - 1) & 0xFFFF
        if step < 0x8000:
            self._highest[ssrc] = sequence
            seen.lost += step - 1 if step else 0
        else:
            seen.lost -= 1
        if datagram[1] & 0x80 and not self._first_frame.is_set() and len(datagram) > 200:
            self.first_frame_s = time.perf_counter() - self._begun
            self._first_frame.set()
        if len(datagram) > 200:
            self._picture_ssrc = ssrc
        self._count += 1
        if self._count % TIMED_ONE_IN == 0 and self.sent_times is not None and link.srtp is not None:
            plain = link.srtp.unprotect(datagram)
            if plain is not None:
                start, end = payload_bounds(plain)
                delay = self.sent_times.delay(plain[start:end], arrived)
                if delay is not None:
                    seen.delays_s.append(delay)

    def _take_events(self) -> None:
        link = self._link
        assert link is not None
        for event in link.events:
            if isinstance(event, LinkConnected):
                self.connected_s = time.perf_counter() - self._begun
                self._connected.set()
        link.events.clear()

    def reset(self) -> None:
        self.seen = Seen()

    async def leave(self) -> None:
        if self._udp is not None and self._link is not None:
            self._link.close(world.monotonic())
            self._outbox.spill()
            asyncio.get_running_loop().remove_reader(self._udp.socket)
            self._udp.close()
        await self._client.delete(self.url, headers={"Authorization": f"Bearer {self._token}"})
