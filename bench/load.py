"""
The load generator: pre-encoded publishers and light viewers against any WHIP/WHEP server.

    python -m bench.load --whip URL/whip/{n} --whep URL/whep/{n} --publishers 42 --viewers 84 --token T --pid SERVER
"""

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from statistics import median

import httpx2
import psutil

from bench.light_viewer import LightViewer, SentTimes
from dispatch_server.media.abilities import Layer
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.dtls_context import DtlsContext
from terminals import world
from terminals.publisher import State
from terminals.simulator import Double, Player, Simulator
from terminals.whip import Resource

Door = Callable[[int], tuple[str, str]]  # number of a session → (address, token)
SETTLE_S = 2.0
TIMED_JOINS = 40  # one after the other; the others come together
JOINING_TOGETHER = 8
KEY_FRAME_S = 2.5  # clips have one every two seconds


@dataclass(frozen=True, slots=True)
class Load:
    """What one run asks of a server."""

    publishers: int
    viewers: int
    seconds: float = 10.0
    layer: Layer = Layer.MAIN
    host: str = "127.0.0.1"


@dataclass(slots=True)
class Outcome:
    """What it showed. CPU in % of one core, memory in MiB, delays in seconds."""

    cpu_percent: float = 0.0
    memory_mib: float = 0.0
    packets_per_s: float = 0.0  # in and out of the server
    lost: int = 0
    delays_s: list[float] = field(default_factory=list)
    whip_s: list[float] = field(default_factory=list)
    connect_s: list[float] = field(default_factory=list)
    first_frame_s: list[float] = field(default_factory=list)
    own_cpu_percent: float = 0.0  # of the generator
    load_average: float = 0.0  # of the machine, last minute
    start_s: list[float] = field(default_factory=list)

    @property
    def us_per_packet(self) -> float:
        return self.cpu_percent * 10_000 / self.packets_per_s if self.packets_per_s else 0.0

    def delay_ms(self, share: float) -> float:
        return percentile(self.delays_s, share) * 1000


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def middle(outcomes: Sequence[Outcome]) -> Outcome:
    """The median of every figure; lists are joined."""
    joined = Outcome()
    for one in fields(Outcome):
        values = [getattr(outcome, one.name) for outcome in outcomes]
        value = list(chain(*values)) if isinstance(values[0], list) else median(values)
        setattr(joined, one.name, round(value) if one.name == "lost" else value)
    return joined


class Generator:
    """One run: everybody joins, two seconds to settle, then the measurement."""

    def __init__(self, load: Load, clip: Path, whip: Door, whep: Door, pid: int | None = None) -> None:
        self._load, self._clip, self._whip, self._whep = load, clip, whip, whep
        self._server = psutil.Process(pid) if pid else None
        self._times = [SentTimes() for _ in range(load.publishers)]
        self._packets_sent = 0
        self._simulator = Simulator(load.host)
        self._viewers: list[LightViewer] = []
        self.measuring = asyncio.Event()

    async def run(self) -> Outcome:
        outcome = Outcome()
        playing = asyncio.create_task(self._simulator.play())
        try:
            await self._publish(outcome)
            await asyncio.sleep(KEY_FRAME_S)
            await self._watch(outcome)
            await asyncio.sleep(SETTLE_S)
            await self._measure(outcome)
        finally:
            await asyncio.gather(*(viewer.leave() for viewer in self._viewers), return_exceptions=True)
            playing.cancel()
            await self._simulator.stop()
        return outcome

    async def _publish(self, outcome: Outcome) -> None:
        for number in range(self._load.publishers):
            address, token = await asyncio.to_thread(self._whip, number)
            player = await self._simulator.add(Double(f"bench {number}", address, token, self._clip))
            posted = self._note_post(player)
            self._note_sending(player, self._times[number])
            async with asyncio.timeout(20):
                while player.publisher.state is not State.LIVE:
                    await asyncio.sleep(0.0005)
            outcome.whip_s.append(time.perf_counter() - posted[0])

    @staticmethod
    def _note_post(player: Player) -> list[float]:
        """When the offer is posted: the making of the client and its certificates is not the server's time."""
        client, posted = player.publisher._client, [0.0]
        offer = client.offer

        async def noted(sdp: str, session_key: str | None = None) -> Resource:
            posted[0] = time.perf_counter()
            return await offer(sdp, session_key)

        client.offer = noted  # type: ignore[method-assign]
        return posted

    def _note_sending(self, player: Player, times: SentTimes) -> None:
        """
        When each payload leaves, on the clock that the kernel stamps arrivals with: just before the socket gets it,
        so that what the generator does before is not delay of the server.
        """
        send, spill = player.publisher.send, player.publisher.spill
        waiting: list[bytes] = []

        def noted(layer: Layer, payloads: tuple[tuple[bytes, bool], ...], ticks: int, is_key: bool) -> None:
            waiting.extend([payload for payload, _ in payloads])
            self._packets_sent += len(payloads)
            send(layer, payloads, ticks, is_key)

        def spilled() -> None:
            now = time.time()
            for payload in waiting:
                times.sent(payload, now)
            waiting.clear()
            spill()

        player.publisher.send = noted  # type: ignore[method-assign]
        player.publisher.spill = spilled  # type: ignore[method-assign]

    async def _watch(self, outcome: Outcome) -> None:
        context = DtlsContext(make_certificate(os.urandom, world.utc_us()))
        async with httpx2.AsyncClient(timeout=30) as client:
            for number in range(min(self._load.viewers, TIMED_JOINS)):
                viewer = await self._join(client, context, number)
                await viewer.first_frame()
                outcome.connect_s.append(viewer.connected_s or 0.0)
                outcome.first_frame_s.append(viewer.first_frame_s or 0.0)
            for first in range(TIMED_JOINS, self._load.viewers, JOINING_TOGETHER):
                numbers = range(first, min(first + JOINING_TOGETHER, self._load.viewers))
                await asyncio.gather(*(self._join(client, context, number) for number in numbers))

    async def _join(self, client: httpx2.AsyncClient, context: DtlsContext, number: int) -> LightViewer:
        address, token = await asyncio.to_thread(self._whep, number % self._load.publishers)
        viewer = LightViewer(client, address, token, context, self._load.host, self._load.layer)
        viewer.sent_times = self._times[number % self._load.publishers]
        await viewer.join()
        self._viewers.append(viewer)
        return viewer

    async def _measure(self, outcome: Outcome) -> None:
        for viewer in self._viewers:
            viewer.reset()
        gc.collect()
        gc.freeze()
        gc.disable()  # a pause of the generator would look like delay of the server
        self.measuring.set()
        sent, begun, own = self._packets_sent, time.perf_counter(), time.process_time()
        cpu = cpu_seconds(self._server)
        await asyncio.sleep(self._load.seconds)
        elapsed = time.perf_counter() - begun
        gc.enable()
        gc.unfreeze()
        outcome.cpu_percent = (cpu_seconds(self._server) - cpu) / elapsed * 100
        outcome.own_cpu_percent = (time.process_time() - own) / elapsed * 100
        outcome.load_average = os.getloadavg()[0]
        outcome.memory_mib = memory_mib(self._server)
        received = sum(viewer.seen.packets for viewer in self._viewers)
        outcome.packets_per_s = (self._packets_sent - sent + received) / elapsed
        outcome.lost = sum(viewer.seen.lost for viewer in self._viewers)
        outcome.delays_s = [delay for viewer in self._viewers for delay in viewer.seen.delays_s]


def family(server: psutil.Process | None) -> list[psutil.Process]:
    """A server and its helpers: the picture sampler is part of what it costs."""
    return [] if server is None else [server, *server.children(recursive=True)]


def cpu_seconds(server: psutil.Process | None) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family(server))


def memory_mib(server: psutil.Process | None) -> float:
    return server.memory_info().rss / 2**20 if server is not None else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whip", required=True, help="address with {n} for the number of the stream")
    parser.add_argument("--whep", required=True)
    parser.add_argument("--token", default="", help="bearer token of all sessions")
    parser.add_argument("--publishers", type=int, default=1)
    parser.add_argument("--viewers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clip", type=Path, required=True, help="as `terminals` makes them")
    parser.add_argument("--pid", type=int, help="process of the server, to measure its CPU")
    options = parser.parse_args()

    def door(address: str) -> Door:
        return lambda number: (address.format(n=number), options.token)

    load = Load(options.publishers, options.viewers, options.seconds)
    outcome = asyncio.run(Generator(load, options.clip, door(options.whip), door(options.whep), options.pid).run())
    sys.stdout.write(
        f"CPU {outcome.cpu_percent:.1f} %, {outcome.us_per_packet:.2f} µs a packet, "
        f"{outcome.packets_per_s:.0f} packets/s, "
        f"lost {outcome.lost}, delay p50 {outcome.delay_ms(0.5):.2f} ms, p99 {outcome.delay_ms(0.99):.2f} ms, "
        f"memory {outcome.memory_mib:.0f} MiB; generator {outcome.own_cpu_percent:.0f} %\n"
    )


if __name__ == "__main__":
    main()
