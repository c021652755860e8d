"""
Opens a sealed segment, checks each part against its index, and writes it into the archive: the media first, durably,
then the index that announces it. Blocks; both doors, uploads and cards, come through here.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from dispatch_server.archive import folders
from dispatch_server.archive.disk import Disk
from dispatch_server.archive.model import Card, Segment
from dispatch_server.archive.playlist import Grouping
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    FragmentEntry,
    GapEntry,
    Line,
    MalformedFootage,
    Verdict,
    verify_segment,
)
from dispatch_server.protocol.masters import INDEX_LIMIT_BYTES
from dispatch_server.protocol.sealed_footage import HEAD_BYTES, TAG_BYTES, opened, sealed_offset

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What lies in the archive now. `digest`: SHA-256 of the plain media file, hex."""

    segment: Segment
    digest: str
    repeated: bool  # it lay there already


class Contradiction(MalformedFootage):
    """Another index lies here under this number."""

    def __init__(self) -> None:
        super().__init__("another content is kept under this number")


def take(sealed: BinaryIO, index: bytes, card: Card, number: int, root: tuple[int, Path], key: X25519PrivateKey,
         disk: Disk) -> Taken:  # fmt: skip
    """Raises MalformedFootage for what is not this footage, Contradiction, and OSError."""
    verdict = verdict_of(index, card.id, number)
    place = root[1] / folders.folder_of(card)
    disk.make_folder(place)
    with _held(place):
        if not (place / folders.CARD).exists():
            disk.write_whole(place / folders.CARD, folders.write_card(card))
        kept = place / folders.index_name(number)
        media = place / folders.media_name(number)
        if kept.exists():
            if _read_bounded(kept) != index:
                raise Contradiction
            digest = _whole_digest(media, index)
            if digest is not None:
                disk.sync_folder(place)  # the server may have stopped before it was
                return Taken(_segment(verdict, root[0]), digest, repeated=True)
            disk.remove(kept)
            disk.sync_folder(place)
        digest = _write_media(sealed, verdict, media, key, disk)
        disk.write_whole(kept, index)
        return Taken(_segment(verdict, root[0]), digest, repeated=False)


def verdict_of(index: bytes, recording: str, number: int) -> Verdict:
    """The index itself, without its media. Raises MalformedFootage."""
    if len(index) > INDEX_LIMIT_BYTES:
        raise MalformedFootage("the index is too long")
    verdict = verify_segment(index, None)
    head = verdict.head
    if verdict.problems or verdict.tail or head is None:
        raise MalformedFootage("; ".join(verdict.problems) or "the index ends in the middle of a line")
    if (head.recording, head.number, head.file) != (recording, number, folders.media_name(number)):
        raise MalformedFootage("the index is of another segment")
    return verdict


def sealed_bytes(verdict: Verdict) -> int:
    """How long the sealed file of this index is at least."""
    return HEAD_BYTES + verdict.end + TAG_BYTES * (1 + len(verdict.fragments()))


def plain_parts(sealed: BinaryIO, verdict: Verdict, key: X25519PrivateKey) -> Iterator[bytes]:
    """One part at a time, each as its line says. Raises MalformedFootage."""
    head = verdict.head
    assert head is not None
    sealed.seek(0)
    cipher = opened(head.recording, head.number, sealed.read(HEAD_BYTES), key)
    digest_of, at, part = ALGORITHMS[head.algorithm], 0, 0
    for line in verdict.lines:
        if isinstance(line.entry, GapEntry):
            continue
        sealed.seek(sealed_offset(part, at))
        plain = cipher.open(part, sealed.read(line.entry.bytes + TAG_BYTES))
        if differs(plain, line, digest_of):
            raise MalformedFootage(f"part {part} is not what its index line says")
        yield plain
        at += line.entry.bytes
        part += 1


def differs(plain: bytes, line: Line, digest_of: Callable[[bytes], bytes]) -> bool:
    """Whoever has the public key can seal anything: only the digests in the chain say what was recorded."""
    return digest_of(plain) != line.digest


def _write_media(sealed: BinaryIO, verdict: Verdict, media: Path, key: X25519PrivateKey, disk: Disk) -> str:
    """
    Written once: a name that is taken is an error, but for a file that no index announces. That one is of an attempt
    that came to no end, and nobody knows how much of it is on the disk.
    """
    disk.remove(media)
    whole = hashlib.sha256()
    try:
        file = disk.create(media)
        try:
            for plain in plain_parts(sealed, verdict, key):
                whole.update(plain)
                file.append(plain)
            file.sync()
        finally:
            file.close()
        disk.sync_folder(media.parent)
    except (OSError, MalformedFootage):
        disk.remove(media)  # after a failed sync it is not believed
        raise
    return whole.hexdigest()


def _segment(verdict: Verdict, root: int) -> Segment:
    head = verdict.head
    assert head is not None
    segment, grouping = Segment.begun(head, root), Grouping()
    for entry in verdict.fragments():
        segment.add(entry)
        grouping.add(entry)
    segment.parts = grouping.all()
    return segment


def last_fragment_of(verdict: Verdict) -> int | None:
    numbers = [line.entry.number for line in verdict.lines if isinstance(line.entry, FragmentEntry)]
    return numbers[-1] if numbers else None


def _whole_digest(media: Path, index: bytes) -> str | None:
    """None when the media is not what the index says, or not there."""
    try:
        with media.open("rb") as file:

            def read(offset: int, count: int) -> bytes:
                file.seek(offset)
                return file.read(count)

            verdict = verify_segment(index, read)
            if verdict.problems or os.fstat(file.fileno()).st_size != verdict.end:
                return None
            file.seek(0)
            whole = hashlib.sha256()
            while piece := file.read(_PIECE_BYTES):
                whole.update(piece)
            return whole.hexdigest()
    except OSError:
        return None


def _read_bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(INDEX_LIMIT_BYTES + 1)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One at a time writes into a master's folder, also when a card is imported beside the running server."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
