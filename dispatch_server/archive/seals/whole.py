"""A recording read again from its folders: what its index announces, and whether the bytes are still those."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.model import LIMIT_BYTES, read_copies
from dispatch_server.archive.model import Card
from dispatch_server.archive.reading import INDEX_LIMIT_BYTES
from dispatch_server.archive.seals.model import Findings, Kind, Place
from dispatch_server.archive.seals.second_chain import SecondChain
from dispatch_server.archive.seals.walk import SegmentWalk, Walked
from dispatch_server.protocol.footage import GENESIS, Entry, FragmentEntry, GapEntry, Line, MalformedFootage

_INDEX = re.compile(r"(\d{6})\.jsonl")
_FILE_LIMIT_BYTES = 65_536


@dataclass(slots=True)
class Segment:
    """`lines`: those that were announced; what lies behind them, a failed disk left."""

    number: int
    folder: Path
    walked: Walked
    suspect: bool
    lines: list[Line] = field(default_factory=list)

    def entries(self) -> list[tuple[Entry, bytes]]:
        """With the SM3 digest of what each describes."""
        return [(line.entry, digest) for line, digest in zip(self.lines, self.walked.second, strict=False)]


@dataclass(frozen=True, slots=True)
class Covered:
    """The chain as far as it holds without a break."""

    segments: int = 0
    fragments: int = 0
    chain: bytes = GENESIS


@dataclass(slots=True)
class WholeRecording:
    """`steps` does the reading; the rest is there when it has ended. `reads` False: the media is not looked at."""

    places: Sequence[Path]
    reads: bool = True
    with_sm3: bool = False
    findings: Findings = field(default_factory=Findings)
    card: Card | None = None
    card_content: Mapping[str, object] = field(default_factory=dict)
    end: folders.End | None = None
    end_content: Mapping[str, object] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    covered: Covered = Covered()
    away: list[int] = field(default_factory=list)  # segments whose media only the bucket has
    lacking: frozenset[int] = frozenset()  # segments that are still to come: the chain is not whole before that

    def steps(self) -> Iterator[int]:
        """How many bytes each step read. Raises OSError when the disk does not answer."""
        self.read_papers()
        if self.card is None:
            return
        for number, folder in self._places():
            yield from self._walk(self.card.id, number, folder)
        self._link()

    def second_files(self) -> tuple[dict[int, bytes], str]:
        """The SM3 file of each segment, and the head of that chain, hex."""
        chain = SecondChain()
        made = {segment.number: chain.file(segment.entries()) for segment in self.segments}
        return made, chain.chain.hex()

    def read_papers(self) -> None:
        """Its card and its end."""
        self._read_card()
        self._read_end()

    def _read_card(self) -> None:
        try:
            self.card_content = self.object_of(folders.CARD, Kind.CARD) or {}
            self.card = folders.card_of(self.card_content, folders.CARD)
            self.findings.recording = self.card.id
        except MalformedFootage as error:
            self.findings.fault(Kind.CARD, error.sentence)

    def _read_end(self) -> None:
        try:
            self.end_content = self.object_of(folders.END, Kind.END) or {}
            for folder in self.places:
                self.end = self.end or folders.read_end(folder / folders.END)
        except MalformedFootage as error:
            self.findings.fault(Kind.END, error.sentence)

    def object_of(self, name: str, kind: Kind) -> Mapping[str, object] | None:
        """What one of our JSON files says, in whichever of the folders; all must say it, as we write it."""
        found = {path.read_bytes()[:_FILE_LIMIT_BYTES] for at in self.places if (path := at / name).is_file()}
        if len(found) > 1:
            self.findings.fault(kind, f"{name} differs from folder to folder")
        for data in sorted(found)[:1]:
            try:
                plain = json.loads(data)
            except (ValueError, RecursionError) as error:
                raise MalformedFootage(f"{name} is not JSON") from error
            if not isinstance(plain, dict):
                raise MalformedFootage(f"{name} is not an object")
            if json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n" != data:
                self.findings.fault(kind, f"{name} is not written as we write it")
            return plain
        return None

    def _places(self) -> list[tuple[int, Path]]:
        found: dict[int, Path] = {}
        for folder in self.places:
            for path in sorted(folder.iterdir()):
                match = _INDEX.fullmatch(path.name)
                if match is None:
                    continue
                if int(match[1]) in found:
                    self.findings.fault(Kind.STRAY, "it lies in two folders", Place(int(match[1])))
                found.setdefault(int(match[1]), folder)
        return sorted(found.items())

    def _walk(self, recording: str, number: int, folder: Path) -> Iterator[int]:
        with (folder / folders.index_name(number)).open("rb") as file:
            index = file.read(INDEX_LIMIT_BYTES)
        media = folder / folders.media_name(number)
        suspect = (folder / folders.suspect_name(number)).exists()
        tell = self.findings.fault
        if self.reads and media.is_file():
            with media.open("rb") as data:
                walk = SegmentWalk(recording, number, index, data, self.with_sm3, tell)
                for size in walk.steps():
                    self.findings.bytes += size
                    yield size
        else:
            if media.name in copied_names(folder) and not media.is_file():
                self.away.append(number)
                self.findings.notes.append(f"segment {number}: its media lie in the bucket, and were not looked at")
            elif not media.is_file():
                tell(Kind.MEDIA, "its media file is gone", Place(number))
            walk = SegmentWalk(recording, number, index, None, False, tell)
            yield from walk.steps()
        self.segments.append(Segment(number, folder, walk.walked, suspect))

    def _link(self) -> None:
        """Each segment follows a line of the one before; what lies behind that line was never announced."""
        followers = [after.walked.head for after in self.segments[1:]]
        after: list[str] = [head.previous if head is not None else "" for head in followers]
        after.append(self.end.chain if self.end is not None else _last(self.segments))
        chain, fragments, unbroken = GENESIS, 0, True
        for count, (segment, follower) in enumerate(zip(self.segments, after, strict=False), 1):
            head, lines = segment.walked.head, segment.walked.lines
            if count == 1 and head is not None and head.previous != GENESIS.hex():
                unbroken = self._broken("what came before it is gone", segment)
            cut = next((at for at, line in enumerate(lines, 1) if line.chain.hex() == follower), 0)
            segment.lines = lines[:cut] if cut else lines
            self._look_behind(segment)
            fragments, in_order = self._count(segment, fragments)
            if lines and unbroken and in_order:
                chain = segment.lines[-1].chain
                self.covered = Covered(count, fragments, chain)
            if not cut and unbroken:
                last = count == len(self.segments)
                what = "the recording does not end where its end says" if last else "the next one does not follow it"
                unbroken = self._broken(what, segment)
        if not self.segments and not self.lacking and self.end is not None and self.end.chain != GENESIS.hex():
            self.findings.fault(Kind.CHAIN, "all of its segments are gone")

    def _broken(self, sentence: str, segment: Segment) -> bool:
        if not self.lacking:
            self.findings.fault(Kind.CHAIN, sentence, Place(segment.number))
        return False

    def _count(self, segment: Segment, fragments: int) -> tuple[int, bool]:
        entries = [line.entry for line in segment.lines if isinstance(line.entry, FragmentEntry)]
        for before, entry in pairwise([fragments, *(entry.number for entry in entries)]):
            if entry != before + 1:
                return fragments, self._broken(f"fragment {before + 1} is missing", segment)
        return fragments + len(entries), True

    def _look_behind(self, segment: Segment) -> None:
        """Of a segment that a failed disk left, what lies behind counts for nothing; else somebody put it there."""
        media = segment.folder / folders.media_name(segment.number)
        ends = [line.entry for line in segment.lines if not isinstance(line.entry, GapEntry)]
        end = sum(entry.bytes for entry in ends)
        behind = media.is_file() and media.stat().st_size > end
        lines = segment.walked.tail or len(segment.lines) < len(segment.walked.lines)
        if (behind or lines) and segment.suspect:
            self.findings.notes.append(f"segment {segment.number}: what a failed disk left behind counts for nothing")
            return
        if behind:
            size = media.stat().st_size - end
            self.findings.fault(Kind.STRAY, "no line announces these bytes", Place(segment.number, 0, end, size))
        if lines and not segment.walked.damaged:
            self.findings.fault(Kind.INDEX, "something lies behind the last line of its index", Place(segment.number))


def copied_names(folder: Path) -> frozenset[str]:
    """What the folder's list says that the bucket has; a list that cannot be read says nothing."""
    path = folder / folders.COPIED
    try:
        with path.open("rb") as file:
            return frozenset(read_copies(file.read(LIMIT_BYTES)))
    except (FileNotFoundError, MalformedFootage):
        return frozenset()


def _last(segments: Sequence[Segment]) -> str:
    """Of a recording that is open: its newest line."""
    return segments[-1].walked.lines[-1].chain.hex() if segments and segments[-1].walked.lines else ""
