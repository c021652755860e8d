"""Packages: how fast one is prepared, sent and verified, and how much memory sending takes."""

import asyncio
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.table import Row
from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.exports.checking import check_package
from dispatch_server.kit.scope import COUNTY
from tests.integration.archive.office import heavy_clip, office, unpacked
from tests.unit.archive.exports.node_verifier import node_verifies

SECONDS = 80


@dataclass(frozen=True, slots=True)
class Figures:
    megabytes: float
    prepare_s: float
    send_s: float
    grown_mib: float
    python_s: float
    quick_s: float
    full_s: float


async def _measured(folder: Path) -> Figures:
    async with office(folder / "var") as desk:
        card = await desk.recording(clip=heavy_clip(SECONDS))
        begun = time.perf_counter()
        export = await desk.ready(card)
        prepared = time.perf_counter() - begun
        room = desk.whole.wiring.state["exports"]
        assert isinstance(room, ExportsRoom)
        package = await room.packages.of(await room.service.find(export["export_id"], COUNTY))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun, sent = time.perf_counter(), 0
        with (folder / "package.zip").open("wb") as file:
            async for part in room.sender.parts(package, 0, package.zip.total):
                sent += file.write(part)
        sending = time.perf_counter() - begun
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    top = unpacked((folder / "package.zip").read_bytes(), folder / "out")
    times = []
    by_page = (lambda: node_problems(top, "quick"), lambda: node_problems(top, "full"))
    for verify in (lambda: list(check_package(top)), *by_page):
        begun = time.perf_counter()
        assert verify() == []
        times.append(time.perf_counter() - begun)
    return Figures(sent / 1e6, prepared, sending, grown, *times)


def node_problems(folder: Path, mode: str) -> list[object]:
    found: list[object] = node_verifies(folder, mode)["problems"]
    return found


def export_rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(_measured(Path(name)))
    size = f"{found.megabytes:.0f} MB"
    yield Row("export: asked, approved, digested (SHA-256, SM3, CRC-32), laid out", _rate(found, found.prepare_s), "")
    yield Row(f"export: sent from the originals to a file, {size}", _rate(found, found.send_s), "")
    grown = found.grown_mib
    yield Row("export: memory that sending adds at its peak", f"{grown:.1f} MiB", "≤ 32 MiB", grown <= 32)
    yield Row("export: verified by Python, SM3 too", _rate(found, found.python_s), "")
    yield Row("export: verified by the page's verifier, in node", _rate(found, found.quick_s), "")
    yield Row("export: the same, SM3 too", _rate(found, found.full_s), "")


def _rate(found: Figures, seconds: float) -> str:
    return f"{found.megabytes / seconds:.0f} MB/s"


if __name__ == "__main__":
    import sys

    for row in export_rows():
        sys.stdout.write(f"{row.what}: {row.measured} {row.verdict}\n")
