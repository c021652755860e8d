"""Media that only the bucket has, piece by piece as they come, against the lines of their index (pure)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch_server.archive.seals.model import Kind, Place
from dispatch_server.archive.seals.walk import Tell
from dispatch_server.protocol.footage import GapEntry, Line


@dataclass(slots=True)
class AwayWalk:
    """`feed` takes what comes in order; `end` says what never came."""

    number: int
    lines: Sequence[Line]
    tell: Tell
    behind: int = 0  # bytes that no line announces
    _at: int = 0
    _left: int = 0
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def __post_init__(self) -> None:
        self.lines = [line for line in self.lines if not isinstance(line.entry, GapEntry)]
        self._begin()

    def feed(self, data: bytes) -> None:
        view = memoryview(data)
        while view and self._at < len(self.lines):
            piece, view = view[: self._left], view[self._left :]
            self._hash.update(piece)
            self._left -= len(piece)
            if not self._left:
                self._next()
        self.behind += len(view)

    def end(self) -> None:
        for line in self.lines[self._at :]:
            self.tell(Kind.MEDIA, "the bucket's copy ends before it", Place.of(self.number, line.entry))

    def _begin(self) -> None:
        self._hash = hashlib.sha256()
        while self._at < len(self.lines):
            entry = self.lines[self._at].entry
            self._left = 0 if isinstance(entry, GapEntry) else entry.bytes
            if self._left:
                return
            self._at += 1

    def _next(self) -> None:
        line = self.lines[self._at]
        if self._hash.digest() != line.digest:
            sentence = "the bytes of the bucket's copy are not those that were kept"
            self.tell(Kind.MEDIA, sentence, Place.of(self.number, line.entry))
        self._at += 1
        self._begin()
