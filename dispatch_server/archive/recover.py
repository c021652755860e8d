"""After a crash: what was announced stays, what was not is put aside, and the recording ends with its gap declared."""

import os
from collections.abc import Container, Sequence
from contextlib import suppress
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import KeptRecording, KeptSegment, announced, read_recording
from dispatch_server.media.recording.lines import ALGORITHM
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    EMPTY,
    GENESIS,
    FragmentEntry,
    GapEntry,
    MalformedFootage,
    link,
    write_line,
)

CRASHED = "server stopped"
TAIL = ".tail"
LAST_CHECKED = 3  # fragments whose bytes are read again: those before were synced long ago


def recover(roots: Sequence[Path], card: Card, utc_us: int, known: Container[int] = ()) -> KeptRecording:
    """
    Close a recording that was open when the server stopped. Raises OSError.

    Nothing is cut that a whole index line describes; where that line does not hold, the segment is suspect and is
    left as it is.
    """
    kept = read_recording(roots, card, known=known)
    if kept.end is not None:
        return kept
    for _, folder in kept.places:
        _put_orphans_aside(folder)
    for segment in kept.segments:
        if segment.verdict.problems == (EMPTY,):
            _put_segment_aside(segment)
        elif segment.suspect or _is_damaged(segment):
            _mark(segment)
        else:
            _cut(segment.index, segment.index.stat().st_size - len(segment.verdict.tail))
            _cut(segment.media, segment.verdict.end)
    _declare_end(kept, utc_us)
    return read_recording(roots, card, known=known)


def days_back(roots: Sequence[Path]) -> list[Path]:
    """All days of which there are recordings, newest first."""
    return sorted({day for root in roots for day in folders.days(root)}, reverse=True)


def unfinished(roots: Sequence[Path], day: Path) -> list[Card]:
    """
    The cards of one day's recordings whose end was never written; a folder without a readable card is left to
    `verify`.
    """
    found: dict[str, Card] = {}
    for root in roots:
        for folder in folders.recordings_of(root / day):
            if not (folder / folders.END).exists():
                with suppress(MalformedFootage, OSError):
                    card = folders.read_card(folder / folders.CARD)
                    found[card.id] = card
    return list(found.values())


def _is_damaged(segment: KeptSegment) -> bool:
    """Whether the last fragments are not what their lines say; their bytes were synced before the lines."""
    head = segment.verdict.head
    if head is None:
        return False
    digest = ALGORITHMS[head.algorithm]
    lines = [(line.entry, line.digest) for line in segment.verdict.lines]
    last = [(entry, wanted) for entry, wanted in lines if isinstance(entry, FragmentEntry)][-LAST_CHECKED:]
    with segment.media.open("rb") as file:
        for entry, wanted in last:
            file.seek(entry.offset)
            if digest(file.read(entry.bytes)) != wanted:
                return True
    return False


def _put_segment_aside(segment: KeptSegment) -> None:
    """Nothing of it was announced."""
    for path in (segment.index, segment.media):
        with suppress(FileNotFoundError):
            path.replace(path.with_name(path.name + TAIL))
    LocalDisk().sync_folder(segment.folder)


def _cut(path: Path, size: int) -> None:
    """Move what lies behind `size` to a file of its own; the piece is durable before it goes here."""
    with path.open("rb") as file:
        file.seek(size)
        piece = file.read()
    if not piece:
        return
    LocalDisk().write_whole(path.with_name(path.name + TAIL), piece)
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _put_orphans_aside(folder: Path) -> None:
    """A media file that got no index before the crash, and cards or ends that were half written."""
    for media in folder.glob("[0-9]*.mp4"):
        if not media.with_suffix(".jsonl").exists():
            media.replace(media.with_name(media.name + TAIL))
    for half in folder.glob("*.new"):
        half.unlink()


def _mark(segment: KeptSegment) -> None:
    with suppress(OSError):
        LocalDisk().write_whole(segment.folder / folders.suspect_name(segment.number), b"")


def _declare_end(kept: KeptRecording, utc_us: int) -> None:
    """A last line in the index where it can be trusted, and the end in every folder."""
    fragments, chain, ended_us = 0, GENESIS, kept.card.opened_utc_us
    lines = announced(kept)
    for _, of_segment in lines:
        chain = of_segment[-1].chain
        for line in of_segment:
            if isinstance(line.entry, FragmentEntry):
                fragments, ended_us = line.entry.number, line.entry.utc_us + line.entry.duration_us
    if lines and not lines[-1][0].suspect and not _is_damaged(lines[-1][0]):
        gap = link(chain, GapEntry(ended_us, max(ended_us, utc_us), CRASHED), ALGORITHMS[ALGORITHM](b""), ALGORITHM)
        _append(lines[-1][0].index, write_line(gap))
        chain = gap.chain
    end = folders.write_end(folders.End(utc_us, CRASHED, fragments, chain.hex(), ended_us))
    for _, folder in kept.places:
        LocalDisk().write_whole(folder / folders.END, end)


def _append(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
