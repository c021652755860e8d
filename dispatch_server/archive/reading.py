"""Reads a recording back from its folders alone: its card, its segments, its end."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.model import LIMIT_BYTES as COPIES_LIMIT_BYTES
from dispatch_server.archive.bucket.model import read_copies
from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.playlist import Grouping
from dispatch_server.protocol.footage import (
    FragmentEntry,
    GapEntry,
    Line,
    MalformedFootage,
    SegmentHead,
    Verdict,
    verify_segment,
)

INDEX_LIMIT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class KeptSegment:
    root: int
    number: int
    folder: Path
    verdict: Verdict
    suspect: bool  # marked while it was written, or found damaged now

    @property
    def media(self) -> Path:
        return self.folder / folders.media_name(self.number)

    @property
    def index(self) -> Path:
        return self.folder / folders.index_name(self.number)


@dataclass(frozen=True, slots=True)
class KeptRecording:
    card: Card
    places: tuple[tuple[int, Path], ...]  # root and folder, wherever its card lies
    segments: tuple[KeptSegment, ...]
    end: folders.End | None


def read_recording(roots: Sequence[Path], card: Card, whole: bool = False, known: Container[int] = ()) -> KeptRecording:
    """
    `whole`: every byte of the media is checked as well. Segments that are `known` are passed over, but not the last
    ones back to one that holds a fragment: those say where the chain ends, and the very last may be empty.

    Raises OSError, and MalformedFootage for an end that is none.
    """
    present = tuple(
        (number, root / folders.folder_of(card))
        for number, root in enumerate(roots)
        if (root / folders.folder_of(card) / folders.CARD).exists()
    )
    found = sorted((number, root, folder) for root, folder in present for number in folders.segment_numbers(folder))
    segments: list[KeptSegment] = []
    holds_a_fragment = False
    for number, root, folder in reversed(found):
        if number in known and holds_a_fragment:
            continue
        segments.append(_read_segment(root, number, folder, whole))
        holds_a_fragment = holds_a_fragment or bool(segments[-1].verdict.fragments())
    ends = [end for _, folder in present if (end := folders.read_end(folder / folders.END)) is not None]
    return KeptRecording(card, present, tuple(reversed(segments)), ends[0] if ends else None)


def _read_segment(root: int, number: int, folder: Path, whole: bool) -> KeptSegment:
    with (folder / folders.index_name(number)).open("rb") as file:
        index = file.read(INDEX_LIMIT_BYTES)
    media = folder / folders.media_name(number)
    if whole:
        with media.open("rb") as data:

            def read(offset: int, count: int) -> bytes:
                data.seek(offset)
                return data.read(count)

            verdict = verify_segment(index, read)
    else:
        verdict = verify_segment(index, None)
    short = not media.exists() or media.stat().st_size < verdict.end
    if short and not media.exists():
        short = _copied_bytes(folder, media.name) < verdict.end
    suspect = bool(verdict.problems) or short or (folder / folders.suspect_name(number)).exists()
    return KeptSegment(root, number, folder, verdict, suspect)


def _copied_bytes(folder: Path, name: str) -> int:
    """How much of a file that is not here lies in the bucket, as the folder says."""
    path = folder / folders.COPIED
    if not path.exists():
        return 0
    with path.open("rb") as file:
        copy = read_copies(file.read(COPIES_LIMIT_BYTES)).get(name)
    return copy.bytes if copy is not None else 0


def chain_problems(kept: KeptRecording) -> list[str]:
    """
    Whether the segments follow each other, and the last one is the recording's end.

    After a failed disk the next segment may follow an earlier line than the last one: what was written behind that
    line was never announced.
    """
    problems = []
    known: list[bytes] | None = None
    for segment in kept.segments:
        problems += [f"segment {segment.number}: {problem}" for problem in segment.verdict.problems]
        head = segment.verdict.head
        if head is None:
            continue
        previous = bytes.fromhex(head.previous)
        if known is not None and previous not in known:
            problems.append(f"segment {segment.number} does not follow the one before")
        known = [previous, *(line.chain for line in segment.verdict.lines)]
    if kept.end is not None and known is not None and bytes.fromhex(kept.end.chain) not in known:
        problems.append("the recording does not end where its end says")
    return problems


def announced(kept: KeptRecording) -> list[tuple[KeptSegment, tuple[Line, ...]]]:
    """The lines of each segment up to the one that the next segment, or the end, follows."""
    result = []
    follower = kept.end.chain if kept.end is not None else ""
    for segment in reversed(kept.segments):
        head, lines = segment.verdict.head, segment.verdict.lines
        if head is None:
            continue
        last = next((n for n, line in enumerate(lines) if line.chain.hex() == follower), len(lines) - 1)
        result.append((segment, lines[: last + 1]))
        follower = head.previous
    return result[::-1]


def rows_of(kept: KeptRecording) -> tuple[Recording, list[Segment]]:
    """What the database says of a recording, made from its folders."""
    recording = Recording(kept.card, ended_utc_us=kept.card.opened_utc_us)
    segments = []
    for of, lines in announced(kept):
        head = lines[0].entry
        if not isinstance(head, SegmentHead):
            continue
        segment = Segment.begun(head, of.root)
        segment.suspect = of.suspect
        grouping = Grouping()
        for line in lines[1:]:
            if isinstance(line.entry, FragmentEntry):
                recording.add(line.entry)
                segment.add(line.entry)
                grouping.add(line.entry)
            elif isinstance(line.entry, GapEntry):
                recording.gaps += 1
        segment.parts = grouping.all()
        segments.append(segment)
    if kept.end is not None:
        recording.close(kept.end.closed_utc_us, kept.end.reason)
    return recording, segments


def reindex(roots: Sequence[Path]) -> Iterator[tuple[Recording, list[Segment]]]:
    """Every recording that lies in the folders, for a database that has lost them; unreadable ones are left out."""
    seen = set()
    for root in roots:
        for folder in folders.find_recordings(root):
            try:
                card = folders.read_card(folder / folders.CARD)
                if card.id in seen or folder != root / folders.folder_of(card):
                    continue
                seen.add(card.id)
                yield rows_of(read_recording(roots, card))
            except (MalformedFootage, OSError):
                continue
