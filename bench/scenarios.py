"""What `make bench` measures: each scenario starts its own server and gives the rows of the table that it fills."""

import asyncio
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import county_path, hot_path, reflector
from bench.export import export_rows
from bench.ledger import ledger_rows
from bench.load import Door, Generator, Load, Outcome, middle, percentile
from bench.playback import playback_rows
from bench.recording import recording_rows
from bench.seals import seal_rows
from bench.search import search_rows
from bench.signals import signal_rows
from bench.table import Row, within
from bench.uploads import upload_rows
from dispatch_server.media.abilities import Layer
from terminals.clip import Clip
from terminals.clip_maker import make_clip
from terminals.scene import Caption
from tests.e2e.node import Node

CLIP = Path("var/clips/bench.clip")
MAIN_CLIP = Path("var/clips/bench-main.clip")  # without the small picture, as the peers are measured
# The clients' sockets are bound to loopback: checks of the machine's other addresses are answered from elsewhere.
ON_LOOPBACK = {"DISPATCH__MEDIA__HOST": "127.0.0.1"}
WITHOUT_RECORDING = {"DISPATCH__ARCHIVE__ENABLED": "false"}
BOTH_LAYERS = {"DISPATCH__ARCHIVE__LAYERS": "main,sub"}
JOIN_SECONDS = 1.0
TERMINALS = 42


@dataclass(frozen=True, slots=True)
class Effort:
    """How long each run measures, how many runs the main rows are the median of, and among how much is searched."""

    seconds: float = 5.0
    runs: int = 3
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)  # recordings to search among


Scenario = Callable[[Effort], Iterator[Row]]


def make_clips() -> None:
    """Once; they are kept under var/."""
    if not CLIP.exists():
        CLIP.parent.mkdir(parents=True, exist_ok=True)
        make_clip(Caption("BENCH", "bench"), 1).write(CLIP)
    if not MAIN_CLIP.exists():
        clip = Clip.read(CLIP)
        del clip.units[Layer.SUB]
        clip.write(MAIN_CLIP)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def doors(node: Node, layer: Layer) -> tuple[Door, Door]:
    """Addresses and tokens of the terminals, in the order of their numbers."""
    numbers = [f"T{code:02d}{device:02d}" for device in (1, 2) for code in range(1, 22)]

    def whip(number: int) -> tuple[str, str]:
        return f"{node.url}/whip/{numbers[number]}", node.publish_key(numbers[number])

    def whep(number: int) -> tuple[str, str]:
        address, token = node.token("watch", numbers[number])
        return f"{address}?layer={layer.value}", token

    return whip, whep


def run(load: Load, environment: dict[str, str] | None = None, clip: Path = CLIP) -> Outcome:
    """One run on a fresh server."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with Node(Path(folder) / "data", free_port(), ON_LOOPBACK | (environment or {})) as node:
            started = time.perf_counter() - begun
            assert node.server is not None
            generator = Generator(load, clip, *doors(node, load.layer), node.server.pid)
            outcome = asyncio.run(generator.run())
            outcome.start_s = [started]
            return outcome


def repeated(effort: Effort, load: Load, environment: dict[str, str] | None = None, clip: Path = CLIP) -> Outcome:
    """The median of each figure over the runs; delays and times of joining are those of all runs together."""
    return middle([run(load, environment, clip) for _ in range(effort.runs)])


def baseline(effort: Effort) -> Iterator[Row]:
    """What the machine and the generator's pacing cost by themselves."""
    delays = asyncio.run(reflector.measure(effort.seconds))
    p50, p99 = (percentile(delays, share) * 1000 for share in (0.5, 0.99))
    yield Row("baseline: delay through a bare reflector, same pacing, p99", f"{p99:.1f} ms; p50 {p50:.2f} ms")


def engine(effort: Effort) -> Iterator[Row]:
    """The media engine in memory."""
    for viewers in (1, 10, 100):
        frames = max(20, 4000 // (viewers + 1))
        alone = min(hot_path.measure(viewers, frames) for _ in range(effort.runs))
        yield within(f"engine alone, full frames, 1 → {viewers}: CPU a packet", alone, 8, "µs")
    for name, recorded in (("off", False), ("on", True)):
        cost = county_path.best(effort.runs, MAIN_CLIP, TERMINALS, 2 * TERMINALS, recorded=recorded)
        what = f"engine alone, 42 publishers, 84 viewers, recording {name}: CPU a packet"
        yield within(what, cost.us_per_packet, 8, "µs", f"{cost.percent:.1f} % of a core without sockets")


def county(effort: Effort) -> Iterator[Row]:
    """42 publishers of 1.5 Mbit/s and sound, 84 viewers; what recording adds for each stream."""
    load = Load(TERMINALS, 2 * TERMINALS, effort.seconds)
    recording: dict[str, str] = {}
    cpu: dict[str, float] = {}
    for name, environment in (("off", WITHOUT_RECORDING), ("on", recording)):
        outcome = repeated(effort, load, environment, MAIN_CLIP)
        cpu[name] = outcome.cpu_percent
        what = f"42 publishers, 84 viewers, recording {name}"
        yield within(f"{what}: CPU", outcome.cpu_percent, 30, "% of a core", figures(outcome))
        yield within(f"{what}: memory", outcome.memory_mib, 250, "MiB")
        yield within(f"{what}: delay p99", outcome.delay_ms(0.99), 3, "ms", f"p50 {outcome.delay_ms(0.5):.2f} ms")
        if name == "off":
            yield within("start of the server, from the command to ready", percentile(outcome.start_s, 0.5), 2, "s")
    added = (cpu["on"] - cpu["off"]) / TERMINALS * 10
    yield Row("recording and stills, CPU a stream", f"{added:.2f} ms a second, of the two rows above")


def joining(effort: Effort) -> Iterator[Row]:
    """On a server that has little else to do."""
    outcome = repeated(effort, Load(10, 20, JOIN_SECONDS), WITHOUT_RECORDING)
    yield within("WHIP POST → connected, p50", percentile(outcome.whip_s, 0.5) * 1000, 10, "ms")
    yield within("WHEP POST → connected, p50", percentile(outcome.connect_s, 0.5) * 1000, 12, "ms")
    yield within("WHEP POST → first frame, p50", percentile(outcome.first_frame_s, 0.5) * 1000, 100, "ms")


def layered(effort: Effort) -> Iterator[Row]:
    """Both layers of every terminal recorded."""
    for each in (0, 1, 5):
        outcome = repeated(effort, Load(TERMINALS, TERMINALS * each, effort.seconds), BOTH_LAYERS)
        what = f"42 terminals, both layers recorded, {each} viewers each"
        delay = f", delay p50 {outcome.delay_ms(0.5):.1f} p99 {outcome.delay_ms(0.99):.1f} ms" if each else ""
        yield within(f"{what}: CPU", outcome.cpu_percent, 60, "% of a core", figures(outcome) + delay)
        yield within(f"{what}: memory", outcome.memory_mib, 300, "MiB")


def cost(effort: Effort) -> Iterator[Row]:
    """One publisher, more and more viewers. With few of them the price of being awake is shared by few packets."""
    for viewers in (1, 10, 100, 500):
        outcome = run(Load(1, viewers, effort.seconds), WITHOUT_RECORDING, MAIN_CLIP)
        yield within(f"CPU a packet, 1 → {viewers}", outcome.us_per_packet, 8, "µs", figures(outcome))


def record(effort: Effort) -> Iterator[Row]:
    """42 terminals, no viewers: `--seconds 600` for the ten minutes of the table."""
    load = Load(TERMINALS, 0, effort.seconds)
    yield from recording_rows(free_port(), load, lambda node: doors(node, load.layer), ON_LOOPBACK, MAIN_CLIP)


def signals(effort: Effort) -> Iterator[Row]:
    yield from signal_rows(effort.seconds, free_port())


def ledger(effort: Effort) -> Iterator[Row]:
    yield from ledger_rows(effort.seconds)


def export(effort: Effort) -> Iterator[Row]:
    yield from export_rows()


def verify(effort: Effort) -> Iterator[Row]:
    """Half an hour of footage sealed, verified and read again."""
    yield from seal_rows(effort.runs)


def upload(effort: Effort) -> Iterator[Row]:
    yield from upload_rows(effort.seconds, free_port())


def playback(effort: Effort) -> Iterator[Row]:
    yield from playback_rows()


def search(effort: Effort) -> Iterator[Row]:
    yield from search_rows(effort.sizes)


def figures(outcome: Outcome) -> str:
    return (
        f"{outcome.us_per_packet:.1f} µs a packet, {outcome.packets_per_s:.0f} packets/s, lost {outcome.lost}, "
        f"generator {outcome.own_cpu_percent:.0f} %, load {outcome.load_average:.1f}"
    )


SCENARIOS: dict[str, Scenario] = {
    "baseline": baseline,
    "engine": engine,
    "county": county,
    "joining": joining,
    "layered": layered,
    "cost": cost,
    "record": record,
    "signals": signals,
    "ledger": ledger,
    "export": export,
    "verify": verify,
    "upload": upload,
    "playback": playback,
    "search": search,
}
