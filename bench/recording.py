"""Recording alone: a county's terminals for as long as the run says, then every byte of what was kept is checked."""

import asyncio
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench.load import Door, Generator, Load, Outcome
from bench.table import Row, within
from dispatch_server.archive import folders
from dispatch_server.archive.reading import chain_problems, read_recording
from tests.e2e.node import Node

DoorsOf = Callable[[Node], tuple[Door, Door]]
_FIGURE = re.compile(r"^dispatch_(archive_[a-z_]+?)(?:_total)? (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies on the disk after the run."""

    recordings: int
    bytes: int
    gaps: int
    problems: int
    checked_s: float


def check(root: Path) -> Kept:
    """Read everything back."""
    begun, size, gaps, problems, count = time.perf_counter(), 0, 0, 0, 0
    for folder in folders.find_recordings(root):
        kept = read_recording([root], folders.read_card(folder / folders.CARD), whole=True)
        count += 1
        problems += len(chain_problems(kept)) + (kept.end is None)
        gaps += sum(len(segment.verdict.gaps()) for segment in kept.segments)
        size += sum(segment.verdict.end for segment in kept.segments)
    return Kept(count, size, gaps, problems, time.perf_counter() - begun)


def metrics(node: Node) -> dict[str, float]:
    token = (node.folder / "keys" / "metrics_token").read_text("ascii").strip()
    text = httpx2.get(f"{node.url}/metrics", headers={"Authorization": f"Bearer {token}"}).raise_for_status().text
    return {name: float(value) for name, value in _FIGURE.findall(text)}


async def measured(generator: Generator, node: Node) -> tuple[Outcome, dict[str, float]]:
    """Figures of the server's own from about the begin of the measurement to its end, a second."""
    running = asyncio.create_task(generator.run())
    await generator.measuring.wait()
    before, begun = await asyncio.to_thread(metrics, node), time.perf_counter()
    outcome = await running
    after, took = await asyncio.to_thread(metrics, node), time.perf_counter() - begun
    return outcome, {name: (after[name] - before[name]) / took for name in after if name in before}


def recording_rows(port: int, load: Load, doors: DoorsOf, environment: dict[str, str], clip: Path) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder) / "data", port, environment)
        with node:
            assert node.server is not None
            generator = Generator(load, clip, *doors(node), node.server.pid)
            outcome, rates = asyncio.run(measured(generator, node))
        kept = check(node.folder / "archive")
    what = f"record {load.publishers} terminals for {load.seconds:.0f} s, no viewers"
    written = rates.get("archive_written_bytes", 0.0) / 1e6
    yield Row(f"{what}: CPU", f"{outcome.cpu_percent:.1f} % of a core, load {outcome.load_average:.1f}")
    yield Row(f"{what}: disk", f"{written:.2f} MB/s, {rates.get('archive_syncs', 0.0):.0f} syncs/s")
    note = f"{kept.recordings} recordings, {kept.bytes / 1e6:.0f} MB, {kept.problems} problems"
    yield within(f"{what}: gaps", kept.gaps + kept.problems, 0, "", note)
    yield Row("read back and checked", f"{kept.bytes / 1e6 / kept.checked_s:.0f} MB/s")
