"""The engine with its loop and a county's mix of pictures, sound and reports, but without sockets: CPU a second."""

import gc
import heapq
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.hot_path import End
from dispatch_server.engine.addresses import candidates
from dispatch_server.engine.loop import TICK_S
from dispatch_server.engine.port import EnginePort
from dispatch_server.engine.udp import Deliver
from dispatch_server.media.abilities import IceCredentials, Kind, Layer, LocalTransport, SessionPlan
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.negotiate import offer_publish, offer_watch, read_publish_answer, read_watch_answer
from dispatch_server.media.packets import rtcp
from dispatch_server.media.peer import Peer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.settings import MediaSettings
from terminals.clip import CLOCK_RATE, Clip
from terminals.local_source import LocalSource

SERVER = ("127.0.0.1", 8189)
PACE_S = 0.001  # a turn at most
Batch = tuple[list[bytes], Address]


@dataclass(slots=True)
class VirtualClock:
    """Moved by the replay."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def utc_us(self) -> int:
        return 1_700_000_000_000_000 + int(self.now * 1_000_000)


class MemoryPort:
    """Stands where the UDP port stands: hands out what is put into it, keeps or counts what is sent."""

    def __init__(self) -> None:
        self.waiting: list[Batch] = []
        self.sent: list[tuple[bytes, Address]] | None = []
        self.datagrams = 0

    def receive(self, deliver: Deliver, most: int) -> int:
        waiting, self.waiting = self.waiting, []
        for datagrams, source in waiting:
            deliver(datagrams, source)
        return len(waiting)

    def send(self, outbox: Outbox) -> None:
        for destination, offset, sizes in outbox.runs:
            self.datagrams += len(sizes)
            if self.sent is not None:
                for size in sizes:
                    self.sent.append((bytes(outbox.buffer[offset : offset + size]), destination))
                    offset += size


class County:
    """So many publishers and viewers of one engine, all in memory."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.port = MemoryPort()
        settings = MediaSettings(tcp_enabled=False)
        certificate = make_certificate(os.urandom, self.clock.utc_us())
        self.engine = EnginePort(settings, self.clock, os.urandom, certificate, self._failed)
        self.engine.loop.udp = self.port  # type: ignore[assignment]
        self.engine.candidates = candidates(SERVER[:1], SERVER[1], None)
        self.context = DtlsContext(make_certificate(os.urandom, self.clock.utc_us()))
        self.ends: dict[Address, End] = {}
        self._numbers = itertools.count(1)

    @staticmethod
    def _failed(what: str, error: BaseException) -> None:
        raise error

    def publisher(self, stream: str, *, with_sub: bool) -> Address:
        local = self._local()
        ssrcs = (int.from_bytes(os.urandom(4), "big") | 1 for _ in itertools.count())
        offer = offer_publish(local, with_sub=with_sub, with_sound=True, ssrcs=ssrcs)
        answered = self.engine.publish(f"p{stream}", stream, offer)
        return self._join(read_publish_answer(offer, answered.answer), local.credentials)

    def viewer(self, stream: str) -> Address:
        local = self._local()
        offer = offer_watch(local, layers=(Layer.MAIN, Layer.SOUND))
        answered = self.engine.watch(f"v{next(self._numbers)}", stream, Layer.MAIN, offer)
        return self._join(read_watch_answer(offer, answered.answer), local.credentials)

    def _local(self) -> LocalTransport:
        return LocalTransport(make_credentials(os.urandom), self.context.certificate.fingerprint, (), ice_lite=False)

    def _join(self, plan: SessionPlan, local: IceCredentials) -> Address:
        address = ("127.0.0.2", next(self._numbers))
        sent: list[bytes] = []

        def spill(outbox: Outbox) -> None:
            for _, offset, sizes in outbox.runs:
                for size in sizes:
                    sent.append(bytes(outbox.buffer[offset : offset + size]))
                    offset += size

        outbox = Outbox(spill, 128 * 1024)
        link = Link(
            local=local,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=self.context,
            outbox=outbox,
            random=os.urandom,
            controlling=True,
            remote_candidates=self.engine.candidates,
        )
        end = End(Peer("c", plan, link, outbox, os.urandom, lambda now: self.clock.utc_us()), outbox, sent)
        self.ends[address] = end
        for _ in range(200):
            self.clock.now += 0.002
            end.peer.tick(self.clock.now)
            end.outbox.spill()
            self.port.waiting = [([datagram], address) for datagram in sent]
            sent.clear()
            self.engine.loop.turn()
            self.engine.loop.tick()
            for datagram, to in self.port.sent or ():
                if to in self.ends:
                    self.ends[to].peer.feed([datagram], SERVER, self.clock.now)
            (self.port.sent or []).clear()
            if link.srtp is not None and len(end.peer.events):
                return address
        raise RuntimeError("no connection")


class Script:
    """What the publishers of a county send, encrypted before the clock runs."""

    def __init__(self, county: County, clip: Clip, publishers: list[Address]) -> None:
        self._ends = [county.ends[address] for address in publishers]
        self._clip, self._publishers = clip, publishers
        self._sources = [{layer: LocalSource(CLOCK_RATE[layer], 0) for layer in clip.units} for _ in publishers]

    def until(self, seconds: float) -> list[tuple[float, Batch]]:
        """Batches with the second from the start at which they come."""
        due = [
            (number * 0.007 % 0.04 + number * 0.00013, number, layer, 0)
            for number in range(len(self._publishers))
            for layer in self._clip.units
        ]
        heapq.heapify(due)
        planned: list[tuple[float, Batch]] = []
        while due[0][0] < seconds:
            at, number, layer, position = due[0]
            planned.append((at, (self._send(number, layer, position, at), self._publishers[number])))
            heapq.heapreplace(due, (at + self._step_s(layer, position), number, layer, position + 1))
        return planned

    def _step_s(self, layer: Layer, position: int) -> float:
        return (self._ticks(layer, position + 1) - self._ticks(layer, position)) / CLOCK_RATE[layer]

    def _ticks(self, layer: Layer, position: int) -> int:
        units = self._clip.units[layer]
        lap, index = divmod(position, len(units))
        return lap * self._clip.duration_ms * CLOCK_RATE[layer] // 1000 + units[index].ticks

    def _send(self, number: int, layer: Layer, position: int, at: float) -> list[bytes]:
        end, source, units = self._ends[number], self._sources[number][layer], self._clip.units[layer]
        unit = units[position % len(units)]
        tracks = end.peer.down_tracks
        track = next(track for track in tracks if layer_of(track) is layer)
        packets = source.number(unit.payloads, self._ticks(layer, position), unit.is_key, at)
        if track.rewrite.epoch is None:
            track.begin(source, packets[0], at)
        track.forward(packets, at)
        end.outbox.spill()
        batch = end.sent[:]
        end.sent.clear()
        return batch


def layer_of(track: DownTrack) -> Layer:
    return Layer.SOUND if track.plan.kind is Kind.AUDIO else track.plan.layer


def reports(county: County, viewers: list[Address], seconds: float) -> Iterator[tuple[float, Batch]]:
    """A receiver report of each viewer once a second."""
    for number, address in enumerate(viewers):
        end = county.ends[address]
        srtp, destination = end.peer.link.srtp, end.peer.link.destination
        assert srtp is not None and destination is not None
        for second in range(int(seconds)):
            block = rtcp.ReceiverBlock(1, 0, 0, 0, 0, 0, 0)
            srtp.protect_rtcp(rtcp.write_receiver_report(1, [block]), destination, end.outbox)
            end.outbox.spill()
            yield second + number * 0.0113 % 1, (end.sent[:], address)
            end.sent.clear()


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one replay."""

    percent: float  # of a core, without sockets
    us_per_packet: float  # in or out


def best(runs: int, clip: Path, publishers: int, viewers: int, *, recorded: bool) -> Cost:
    """The cheapest of so many replays: others on the machine only ever add."""
    costs = [measure(clip, publishers, viewers, recorded=recorded) for _ in range(runs)]
    return min(costs, key=lambda cost: cost.percent)


def measure(clip: Path, publishers: int, viewers: int, *, recorded: bool, seconds: float = 3.0) -> Cost:
    """Replay so many seconds of a county; `recorded`: frames are put together and sorted, nothing is written."""
    county, loaded = County(), Clip.read(clip)
    with_sub = Layer.SUB in loaded.units
    sources = [county.publisher(str(number), with_sub=with_sub) for number in range(publishers)]
    watching = [county.viewer(str(number % publishers)) for number in range(viewers)]
    if recorded:
        for number in range(publishers):
            for layer in (Layer.MAIN, Layer.SUB)[: 1 + with_sub]:
                recorder = Recorder(RecorderLimits(), lambda job: True, (layer,))
                county.engine.attach_frames(str(number), recorder, frozenset({layer, Layer.SOUND}))
    planned = Script(county, loaded, sources).until(seconds)
    incoming = sum(len(datagrams) for _, (datagrams, _) in planned)
    planned += reports(county, watching, seconds)
    planned.sort(key=lambda entry: entry[0])
    spent = replay(county, planned, seconds)
    return Cost(spent / seconds * 100, spent / (incoming + county.port.datagrams) * 1e6)


def replay(county: County, planned: list[tuple[float, Batch]], seconds: float) -> float:
    """Seconds of CPU."""
    port, loop, start = county.port, county.engine.loop, county.clock.now
    port.sent, port.datagrams = None, 0
    next_tick, position = 0.0, 0
    gc.collect()
    gc.freeze()
    begun = time.process_time()
    for step in range(int(seconds / PACE_S)):
        at = step * PACE_S
        county.clock.now = start + at
        while position < len(planned) and planned[position][0] <= at:
            port.waiting.append(planned[position][1])
            position += 1
        if port.waiting:
            loop.turn()
        if at >= next_tick:
            next_tick += TICK_S
            loop.tick()
    spent = time.process_time() - begun
    gc.unfreeze()
    return spent
