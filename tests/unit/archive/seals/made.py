"""Small closed recordings as the recorder leaves them, made of bytes that no player would take."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.disk import Disk, LocalDisk
from dispatch_server.archive.model import Card
from dispatch_server.archive.seals.closing import Sealing
from dispatch_server.archive.seals.evidence_key import EvidenceKey
from dispatch_server.archive.seals.model import Trust
from dispatch_server.protocol.footage import (
    FORMAT,
    GENESIS,
    Entry,
    FragmentEntry,
    GapEntry,
    SegmentHead,
    link,
    write_line,
)

START_US = 1_764_000_000_000_000
SECOND_US = 1_000_000
KEY = EvidenceKey.of(b"\7" * 32)
OTHER_KEY = EvidenceKey.of(b"\x09" * 32)
TRUST = Trust(evidence={KEY.thumbprint: KEY.public})


def closed(folder: Path, seed: int = 1, segments: int = 3, fragments: int = 4, identity: str = "") -> Path:
    """The folder itself, of so many segments with so many fragments and a gap each."""
    chance = random.Random(seed)
    card = Card(identity or f"recording-{seed}", "stream-1", "T0101", "county/市场", START_US)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / folders.CARD).write_bytes(folders.write_card(card))
    chain, count, utc_us = GENESIS, 0, START_US
    for number in range(1, segments + 1):
        begin = chance.randbytes(chance.randrange(20, 60))
        head = SegmentHead(
            FORMAT, "sha-256", card.id, number, folders.media_name(number), len(begin), utc_us, "avc1.42e01f", "opus",
            "main", chain.hex(),
        )  # fmt: skip
        media, lines = begin, []
        entries: list[tuple[Entry, bytes]] = [(head, begin), (GapEntry(utc_us, utc_us + 5, "publisher lost"), b"")]
        for _ in range(fragments):
            count += 1
            data = chance.randbytes(chance.randrange(40, 120))
            entries.append(
                (FragmentEntry(count, len(media), len(data), utc_us, SECOND_US, True, 25, 50, 0, False), data)
            )
            media, utc_us = media + data, utc_us + SECOND_US
        for entry, data in entries:
            line = link(chain, entry, hashlib.sha256(data).digest())
            chain = line.chain
            lines.append(write_line(line))
        (folder / folders.media_name(number)).write_bytes(media)
        (folder / folders.index_name(number)).write_bytes(b"".join(lines))
    (folder / folders.END).write_bytes(folders.write_end(folders.End(utc_us, "ended", count, chain.hex(), 0)))
    return folder


def sealing(places: Sequence[Path], sm3: bool = False, disk: Disk | None = None, key: EvidenceKey = KEY) -> Sealing:
    known = {KEY.thumbprint: KEY.public, key.thumbprint: key.public}
    return Sealing(places, key, known, START_US + 3_600 * SECOND_US, disk or LocalDisk(), sm3)


def seal(folder: Path, sm3: bool = False, disk: Disk | None = None, key: EvidenceKey = KEY) -> Sealing:
    made = sealing([folder], sm3, disk, key)
    for _ in made.steps():
        pass
    return made
