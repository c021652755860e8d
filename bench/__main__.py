"""`make bench`: every scenario of the table, one after the other, against a real server process."""

import asyncio
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import hot_path
from bench.load import Door, Generator, Load, Outcome, percentile
from bench.machine import this_machine
from bench.table import Row, keep, render, within
from dispatch_server.media.abilities import Layer
from terminals.clip import Clip
from terminals.clip_maker import make_clip
from terminals.scene import Caption
from tests.e2e.node import Node

CLIP = Path("var/clips/bench.clip")
MAIN_CLIP = Path("var/clips/bench-main.clip")  # without the small picture, as the peers are measured


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


def run(load: Load, environment: dict[str, str] | None = None, clip: Path = CLIP) -> tuple[Outcome, float]:
    """One scenario on a fresh server; what it showed, and how long the server took to start."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        with Node(Path(folder) / "data", free_port(), ON_LOOPBACK | (environment or {})) as node:
            started = time.perf_counter() - begun
            assert node.server is not None
            generator = Generator(load, clip, *doors(node, load.layer), node.server.pid)
            return asyncio.run(generator.run()), started


# The clients' sockets are bound to loopback: checks of the machine's other addresses are answered from elsewhere.
ON_LOOPBACK = {"DISPATCH__MEDIA__HOST": "127.0.0.1"}
WITHOUT_RECORDING = {"DISPATCH__ARCHIVE__ENABLED": "false"}
BOTH_LAYERS = {"DISPATCH__ARCHIVE__LAYERS": "main,sub"}


def cost_rows(seconds: float) -> Iterator[Row]:
    for viewers in (1, 10, 100, 500):
        frames = max(20, 4000 // (viewers + 1))
        alone = min(hot_path.measure(viewers, frames) for _ in range(2))
        outcome, _ = run(Load(1, viewers, seconds), WITHOUT_RECORDING, MAIN_CLIP)
        detail = f"engine alone {alone:.1f} µs; {outcome.packets_per_s:.0f} packets/s, lost {outcome.lost}"
        yield within(f"CPU a packet, 1 → {viewers}", outcome.us_per_packet, 8, "µs", detail)


def county_rows(seconds: float) -> Iterator[Row]:
    recording: dict[str, str] = {}
    for name, environment in (("off", WITHOUT_RECORDING), ("on", recording)):
        outcome, started = run(Load(42, 84, seconds), environment, MAIN_CLIP)
        what = f"42 publishers, 84 viewers, recording {name}"
        yield within(f"{what}: CPU", outcome.cpu_percent, 30, "% of a core", figures(outcome))
        yield within(f"{what}: memory", outcome.memory_mib, 250, "MiB")
        yield within(f"{what}: delay p99", outcome.delay_ms(0.99), 3, "ms", f"p50 {outcome.delay_ms(0.5):.2f} ms")
        if name == "off":
            yield within("start of the server, from the command to ready", started, 2, "s")


def joining_rows(seconds: float) -> Iterator[Row]:
    """On a server that has little else to do."""
    outcome, _ = run(Load(10, 20, min(2.0, seconds)), WITHOUT_RECORDING)
    yield from join_rows(outcome)


def figures(outcome: Outcome) -> str:
    return (
        f"{outcome.us_per_packet:.1f} µs a packet, {outcome.packets_per_s:.0f} packets/s, lost {outcome.lost}, "
        f"generator {outcome.own_cpu_percent:.0f} %"
    )


def join_rows(outcome: Outcome) -> list[Row]:
    return [
        within("WHIP POST → connected, p50", percentile(outcome.whip_s, 0.5) * 1000, 10, "ms"),
        within("WHEP POST → connected, p50", percentile(outcome.connect_s, 0.5) * 1000, 12, "ms"),
        within("WHEP POST → first frame, p50", percentile(outcome.first_frame_s, 0.5) * 1000, 100, "ms"),
    ]


def layered_rows(seconds: float) -> Iterator[Row]:
    for each in (0, 1, 5):
        outcome, _ = run(Load(42, 42 * each, seconds), BOTH_LAYERS)
        what = f"42 terminals, both layers recorded, {each} viewers each"
        delay = f", delay p50 {outcome.delay_ms(0.5):.1f} p99 {outcome.delay_ms(0.99):.1f} ms" if each else ""
        yield within(f"{what}: CPU", outcome.cpu_percent, 60, "% of a core", figures(outcome) + delay)
        yield within(f"{what}: memory", outcome.memory_mib, 300, "MiB")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    if not CLIP.exists():
        CLIP.parent.mkdir(parents=True, exist_ok=True)
        make_clip(Caption("BENCH", "bench"), 1).write(CLIP)
    if not MAIN_CLIP.exists():
        clip = Clip.read(CLIP)
        del clip.units[Layer.SUB]
        clip.write(MAIN_CLIP)
    machine = this_machine()
    rows: list[Row] = []
    for scenario in (county_rows, joining_rows, layered_rows, cost_rows):
        try:
            for row in scenario(seconds):
                rows.append(row)
                sys.stdout.write(f"{row.what}: {row.measured} {row.verdict}\n")
                sys.stdout.flush()
        except (RuntimeError, OSError, AssertionError) as error:  # a figure that is missing fails no build
            rows.append(Row(scenario.__name__, f"not measured: {error}"))
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    text = render(machine, rows, f"{when} UTC, {seconds:g} s each")
    path = keep(text, time.strftime("%Y-%m-%d", time.gmtime()))
    sys.stdout.write(f"{text}\nwritten to {path}\n")


if __name__ == "__main__":
    main()
