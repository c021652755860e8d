"""Many terminals in one process: each sends its own clip over its own connection, paced by one clock."""

import asyncio
import heapq
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.media.abilities import Layer
from dispatch_server.media.link.certificate import make_certificate
from terminals import world
from terminals.clip import CLOCK_RATE, Clip
from terminals.publisher import Patience, Publisher
from terminals.settings import TerminalSettings
from terminals.simulated_master import SimulatedMaster
from terminals.way_in import way_in
from terminals.whip import WhipClient

STEP_S = 0.005
REFUSED_S = 30.0
# The terminals of a county do not take their pictures at the same moment.
SPREAD_S = 0.04


@dataclass(frozen=True, slots=True)
class Double:
    """One terminal to simulate."""

    number: str
    endpoint: str
    publish_key: str
    clip: Path
    enrolled: TerminalSettings | None = None  # then it publishes as that device, and keeps a master


class Player:
    """Plays one clip into one publisher for ever; knows the wall time of each repetition's frame 0."""

    def __init__(self, clip: Clip, publisher: Publisher, begin: float) -> None:
        self.publisher = publisher
        self.master: SimulatedMaster | None = None
        self.frame_zero_utc_us = world.utc_us() + int((begin - world.monotonic()) * 1_000_000)
        self._clip = clip
        self._begin = begin
        self._position = dict.fromkeys(clip.units, 0)

    def due(self, layer: Layer) -> float:
        """When the next unit of a layer is to be sent."""
        units = self._clip.units[layer]
        lap, index = divmod(self._position[layer], len(units))
        return self._begin + lap * self._clip.duration_ms / 1000 + units[index].ticks / CLOCK_RATE[layer]

    def play(self, layer: Layer) -> None:
        units = self._clip.units[layer]
        lap, index = divmod(self._position[layer], len(units))
        self._position[layer] += 1
        unit = units[index]
        ticks = lap * self._clip.duration_ms * CLOCK_RATE[layer] // 1000 + unit.ticks
        self.publisher.send(layer, unit.payloads, ticks, unit.is_key)
        if self.master is not None:
            self.master.take(layer, unit.payloads, ticks, unit.is_key)


class Simulator:
    """Starts doubles, keeps them on air, and plays until it is cancelled."""

    def __init__(
        self, local_host: str, verify: ssl.SSLContext | bool = True, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._local_host, self._say = local_host, say
        self._verify = verify
        self._certificate = make_certificate(world.chance, world.utc_us())
        self._due: list[tuple[float, int, Layer]] = []
        self.players: dict[str, Player] = {}
        self._order: list[Player] = []
        self._runs: list[asyncio.Task[None]] = []

    async def add(self, double: Double) -> Player:
        """Load the clip and go on air."""
        clip = await asyncio.to_thread(Clip.read, double.clip)
        own, way = double.enrolled, None
        if own is not None:
            fingerprint = self._certificate.fingerprint
            way = way_in(own.server, f"{fingerprint.algorithm} {fingerprint.digest}")
        client = way.client if way is not None else WhipClient(double.endpoint, double.publish_key, self._verify)
        patience = Patience(refused_s=REFUSED_S) if own is not None else None
        publisher = Publisher(client, self._certificate, local_host=self._local_host, patience=patience)
        index = len(self._order)
        begin = world.monotonic() + 0.1 + index * 0.007 % SPREAD_S
        player = Player(clip, publisher, begin)
        if own is not None and way is not None:
            player.master = SimulatedMaster(own, way, begin, self._say)
            player.master.start()
        publisher.start_clock(player.frame_zero_utc_us)
        self.players[double.number] = player
        self._order.append(player)
        for layer in clip.units:
            heapq.heappush(self._due, (player.due(layer), index, layer))
        self._runs.append(asyncio.create_task(publisher.run(), name=f"publish {double.number}"))
        return player

    async def play(self) -> None:
        """Send what is due, every few milliseconds."""
        due = self._due
        while True:
            now = world.monotonic()
            touched: set[int] = set()
            while due and due[0][0] <= now:
                _, index, layer = due[0]
                player = self._order[index]
                player.play(layer)
                touched.add(index)
                heapq.heapreplace(due, (player.due(layer), index, layer))
            for index in touched:
                self._order[index].publisher.spill()
            await asyncio.sleep(STEP_S)

    async def stop(self) -> None:
        for run in self._runs:
            run.cancel()
        await asyncio.gather(*self._runs, return_exceptions=True)
        masters = [player.master for player in self._order if player.master is not None]
        await asyncio.gather(*(master.close() for master in masters))
