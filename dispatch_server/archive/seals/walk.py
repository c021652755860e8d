"""One segment read again: every line of its index, and every byte that a line describes; goes on after a fault."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SM3, Hash

from dispatch_server.archive.folders import media_name
from dispatch_server.archive.seals.model import Kind, Place
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    FORMAT,
    PART_LIMIT_BYTES,
    Entry,
    GapEntry,
    Line,
    MalformedFootage,
    SegmentHead,
    canonical,
    read_index,
    read_line,
    write_line,
)

STEP_BYTES = 1 << 20
Tell = Callable[[Kind, str, Place], None]


class Media(Protocol):
    def seek(self, offset: int, /) -> object: ...

    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class Walked:
    """The lines that hold: each follows the one before. A fragment whose bytes differ is told, and walked past."""

    lines: list[Line] = field(default_factory=list)
    second: list[bytes] = field(default_factory=list)  # SM3 digest of what each line describes
    end: int = 0
    tail: bool = False  # something lies behind the last line that holds
    damaged: bool = False

    @property
    def head(self) -> SegmentHead | None:
        entry = self.lines[0].entry if self.lines else None
        return entry if isinstance(entry, SegmentHead) else None


@dataclass(slots=True)
class SegmentWalk:
    """`media` None: the bytes are not looked at. `steps` gives how many bytes each step has read."""

    recording: str
    number: int
    index: bytes
    media: Media | None
    with_sm3: bool
    tell: Tell
    walked: Walked = field(default_factory=Walked)
    _chain: bytes = b""

    def steps(self) -> Iterator[int]:
        whole, tail = read_index(self.index)
        if not whole:
            self._fault(Kind.INDEX, "the index is empty")
        for count, data in enumerate(whole, 1):
            try:
                line = self._follow(data)
            except MalformedFootage as error:
                self._fault(Kind.INDEX, f"line {count} of the index: {error.sentence}")
                self.walked.tail = True
                return
            yield from self._compare(line)
            self.walked.lines.append(line)
            self.walked.end += 0 if isinstance(line.entry, GapEntry) else line.entry.bytes
        self.walked.tail = bool(tail)

    def _follow(self, data: bytes) -> Line:
        """The line, when it follows the one before; whatever else it may be is MalformedFootage."""
        line = read_line(data)
        entry = line.entry
        if write_line(line) != data + b"\n":
            raise MalformedFootage("it is not written as we write it")
        if isinstance(entry, SegmentHead):
            self._begin(entry)
        elif not self.walked.lines:
            raise MalformedFootage("an index begins with its head")
        elif not isinstance(entry, GapEntry) and entry.offset != self.walked.end:
            raise MalformedFootage("a fragment is missing or out of place")
        if not isinstance(entry, GapEntry) and entry.bytes > PART_LIMIT_BYTES:
            raise MalformedFootage("a part is larger than any that we write")
        if hashlib.sha256(self._chain + line.digest + canonical(entry)).digest() != line.chain:
            raise MalformedFootage("the chain is broken")
        self._chain = line.chain
        return line

    def _begin(self, head: SegmentHead) -> None:
        if self.walked.lines:
            raise MalformedFootage("an index has one head only")
        if head.format != FORMAT or head.algorithm not in ALGORITHMS:
            raise MalformedFootage("a format or an algorithm that is not known here")
        if (head.recording, head.number, head.file) != (self.recording, self.number, media_name(self.number)):
            raise MalformedFootage("this is the index of another segment")
        try:
            self._chain = bytes.fromhex(head.previous)
        except ValueError:
            raise MalformedFootage("what it follows is no digest") from None

    def _compare(self, line: Line) -> Iterator[int]:
        """Read what the line describes, piece by piece."""
        entry, size = line.entry, 0 if isinstance(line.entry, GapEntry) else line.entry.bytes
        if self.media is None:
            return
        first, second = hashlib.sha256(), Hash(SM3()) if self.with_sm3 else None
        left = size
        self.media.seek(self.walked.end)
        while left:
            piece = self.media.read(min(left, STEP_BYTES))
            if not piece:
                break
            first.update(piece)
            if second is not None:
                second.update(piece)
            left -= len(piece)
            yield len(piece)
        if second is not None:
            self.walked.second.append(second.finalize())
        if left:
            self._damaged(entry, "the file ends before it: bytes that were kept are gone")
        elif first.digest() != line.digest:
            self._damaged(entry, "the bytes are not those that were kept")

    def _damaged(self, entry: Entry, sentence: str) -> None:
        self.walked.damaged = True
        self.tell(Kind.MEDIA, sentence, Place.of(self.number, entry))

    def _fault(self, kind: Kind, sentence: str) -> None:
        self.walked.damaged = True
        self.tell(kind, sentence, Place(self.number))
