"""Sealing, verifying and reading again: how fast, and what an hour of footage costs."""

import hashlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.table import Row
from dispatch_server.archive import folders
from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.model import Card
from dispatch_server.archive.seals.closing import Sealing
from dispatch_server.archive.seals.evidence_key import EvidenceKey
from dispatch_server.archive.seals.model import Trust
from dispatch_server.archive.seals.slowly import take
from dispatch_server.archive.seals.verify import Verification, verify_recording
from dispatch_server.protocol.footage import (
    FORMAT,
    GENESIS,
    Entry,
    FragmentEntry,
    SegmentHead,
    link,
    write_line,
)

FRAGMENT_BYTES = 200_000  # a second of 1.5 Mbit/s and sound
SECONDS, SEGMENT_SECONDS = 1800, 600
HOUR_MIB = FRAGMENT_BYTES * 3600 / (1 << 20)
KEY = EvidenceKey.of(b"\7" * 32)
START_US = 1_764_000_000_000_000


def footage(folder: Path) -> Path:
    """Half an hour as the recorder leaves it, of bytes that no player would take."""
    chance = random.Random(1)
    card = Card("bench-recording", "stream-1", "T0101", "county/market", START_US)
    folder.mkdir()
    (folder / folders.CARD).write_bytes(folders.write_card(card))
    chain, utc_us = GENESIS, START_US
    data = chance.randbytes(FRAGMENT_BYTES)
    digest = hashlib.sha256(data).digest()
    for number in range(1, SECONDS // SEGMENT_SECONDS + 1):
        name = folders.media_name(number)
        head = SegmentHead(FORMAT, "sha-256", card.id, number, name, 800, utc_us, "avc1", "opus", "main", chain.hex())
        entries: list[tuple[Entry, bytes]] = [(head, hashlib.sha256(data[:800]).digest())]
        with (folder / name).open("wb") as media, (folder / folders.index_name(number)).open("wb") as index:
            media.write(data[:800])
            for second in range(SEGMENT_SECONDS):
                count, offset = (number - 1) * SEGMENT_SECONDS + second + 1, 800 + second * FRAGMENT_BYTES
                entry = FragmentEntry(count, offset, len(data), utc_us, 1_000_000, True, 25, 50, 0, False)
                entries.append((entry, digest))
                media.write(data)
                utc_us += 1_000_000
            for one, its_digest in entries:
                line = link(chain, one, its_digest)
                chain = line.chain
                index.write(write_line(line))
    (folder / folders.END).write_bytes(folders.write_end(folders.End(utc_us, "ended", SECONDS, chain.hex(), 0)))
    return folder


def seal(folder: Path, with_sm3: bool) -> None:
    made = Sealing([folder], KEY, {KEY.thumbprint: KEY.public}, START_US, LocalDisk(), with_sm3)
    for _ in made.steps():
        pass
    if not made.findings.is_whole:
        raise AssertionError(made.findings.said())


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - used


def seal_rows(runs: int) -> Iterator[Row]:
    trust = Trust(evidence={KEY.thumbprint: KEY.public})
    for with_sm3 in (False, True):
        name = "SHA-256 and SM3" if with_sm3 else "SHA-256"
        with tempfile.TemporaryDirectory() as place:
            folder = footage(Path(place) / "recording")
            size_mib = sum(path.stat().st_size for path in folder.glob("*.mp4")) / (1 << 20)
            elapsed, used = timed(lambda folder=folder, sm3=with_sm3: seal(folder, sm3))  # type: ignore[misc]
            hour = HOUR_MIB / size_mib
            yield Row(
                f"sealing, {name}", f"{size_mib / elapsed:.0f} MiB/s; an hour of footage {used * hour:.1f} s of CPU"
            )
            best = min(timed(lambda folder=folder: verify_recording(folder, trust))[0] for _ in range(runs))  # type: ignore[misc]
            yield Row(f"verify, {name}", f"{size_mib / best:.0f} MiB/s, {size_mib:.0f} MiB in the page cache")
            best = min(timed(lambda folder=folder: scrub(folder, trust))[0] for _ in range(runs))  # type: ignore[misc]
            yield Row(f"scrub in steps of 4 MiB without pacing, {name}", f"{size_mib / best:.0f} MiB/s")


def scrub(folder: Path, trust: Trust) -> None:
    steps, ended = Verification([folder], trust).steps(), False
    while not ended:
        _, ended = take(steps, 4 << 20)
