"""The index of kept footage: its lines, their canonical form, and the digest chain that proves them (pure).

One line of JSON for each entry of a segment's index file. `chain` of an entry is
SHA256(chain of the entry before ‖ digest ‖ canonical metadata); it runs through all segments of one recording.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar

from dispatch_server.kit.errors import RemoteFault

FORMAT = 1
LINE_LIMIT_BYTES = 4096
TEXT_LIMIT = 256
PART_LIMIT_BYTES = 256 << 20  # of one fragment or initialisation part
GENESIS = bytes(32)
EMPTY = "the index is empty"
ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {"sha-256": lambda data: hashlib.sha256(data).digest()}

# Reads `bytes` of the segment's media file from `offset`; fewer when the file ends.
Read = Callable[[int, int], bytes]


class MalformedFootage(RemoteFault):
    """These bytes are no footage of ours."""

    def __init__(self, sentence: str) -> None:
        super().__init__("malformed_footage", sentence)


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """First line of an index: which file this is, and the digest of its initialisation part."""

    kind: ClassVar[str] = "segment"
    format: int
    algorithm: str
    recording: str
    number: int
    file: str
    bytes: int  # of the initialisation part, which begins at offset 0
    utc_us: int
    video: str  # codec as in RFC 6381, empty without picture
    sound: str
    layer: str
    previous: str  # chain of the entry before this one, hex


@dataclass(frozen=True, slots=True)
class FragmentEntry:
    """One moof and mdat that a player can be given at its offset."""

    kind: ClassVar[str] = "fragment"
    number: int  # counts through the whole recording, from 1
    offset: int
    bytes: int
    utc_us: int  # server UTC of the first sample
    duration_us: int
    key: bool  # begins with a key frame
    video: int  # access units
    sound: int  # packets that were received
    filled: int  # zero-length Opus frames (RFC 6716 3.2.1): nothing was received there
    lost: bool  # frames before some frame in here are missing


@dataclass(frozen=True, slots=True)
class GapEntry:
    """A declared absence between what was kept before and what follows."""

    kind: ClassVar[str] = "gap"
    from_utc_us: int
    to_utc_us: int
    reason: str


Entry = SegmentHead | FragmentEntry | GapEntry
_KINDS: dict[str, type[Entry]] = {kind.kind: kind for kind in (SegmentHead, FragmentEntry, GapEntry)}
_FIELDS = {kind: {field.name: field.type for field in fields(kind)} for kind in _KINDS.values()}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with its proof."""

    entry: Entry
    digest: bytes  # of the bytes that the entry describes; of nothing for a gap
    chain: bytes


def _plain(entry: Entry) -> dict[str, str | int | bool]:
    plain = {name: getattr(entry, name) for name in _FIELDS[type(entry)]}
    plain["kind"] = entry.kind
    return plain


def canonical(entry: Entry) -> bytes:
    """The bytes that the chain takes in: JSON with sorted keys, no spaces, integers and text only (as RFC 8785)."""
    return json.dumps(_plain(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(previous: bytes, entry: Entry, digest: bytes, algorithm: str = "sha-256") -> Line:
    return Line(entry, digest, ALGORITHMS[algorithm](previous + digest + canonical(entry)))


def write_line(line: Line) -> bytes:
    """The canonical metadata with its proof behind it."""
    return prove(canonical(line.entry), line.digest, line.chain)


def prove(metadata: bytes, digest: bytes, chain: bytes) -> bytes:
    return b'%b,"digest":"%b","chain":"%b"}\n' % (metadata[:-1], digest.hex().encode(), chain.hex().encode())


def read_line(data: bytes) -> Line:
    """Read one line; whatever is not exactly such a line is MalformedFootage."""
    if len(data) > LINE_LIMIT_BYTES:
        raise MalformedFootage("the line is too long")
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MalformedFootage("the line is not JSON") from error
    if not isinstance(plain, dict):
        raise MalformedFootage("the line is not an object")
    digest, chain = _hash(plain.pop("digest", None)), _hash(plain.pop("chain", None))
    kind = plain.pop("kind", None)
    made = _KINDS.get(kind) if isinstance(kind, str) else None
    if made is None or plain.keys() != _FIELDS[made].keys():
        raise MalformedFootage("the line has not the fields of its kind")
    for name, wanted in _FIELDS[made].items():
        _check(plain[name], wanted)
    return Line(made(**plain), digest, chain)


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise MalformedFootage("a digest is 64 hexadecimal digits")
    return bytes.fromhex(value)


def _check(value: object, wanted: object) -> None:
    if type(value) is not wanted:  # bool is an int to isinstance
        raise MalformedFootage("a field has the wrong type")
    if isinstance(value, int) and not 0 <= value < 1 << 63:
        raise MalformedFootage("a number is out of range")
    if isinstance(value, str) and (len(value) > TEXT_LIMIT or not value.isprintable()):
        raise MalformedFootage("a text is too long or not printable")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an index proves. Without problems everything in `lines` is as it was kept."""

    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    tail: bytes  # after the last whole line: an unannounced piece of one
    end: int  # where the described part of the media file ends

    @property
    def chain(self) -> bytes | None:
        return self.lines[-1].chain if self.lines else None

    @property
    def head(self) -> SegmentHead | None:
        entry = self.lines[0].entry if self.lines else None
        return entry if isinstance(entry, SegmentHead) else None

    def fragments(self) -> tuple[FragmentEntry, ...]:
        return tuple(line.entry for line in self.lines if isinstance(line.entry, FragmentEntry))

    def gaps(self) -> tuple[GapEntry, ...]:
        return tuple(line.entry for line in self.lines if isinstance(line.entry, GapEntry))


def read_index(data: bytes) -> tuple[list[bytes], bytes]:
    """Split an index file into whole lines and an unfinished tail."""
    *whole, tail = data.split(b"\n")
    return whole, tail


class _Walk:
    """One pass over an index: each entry must follow the one before, and describe the bytes that are there."""

    def __init__(self, read: Read | None, previous: bytes | None) -> None:
        self._read = read
        self._chain = previous  # None: believe what the head says
        self._hash = ALGORITHMS["sha-256"]
        self._number: int | None = None
        self.lines: list[Line] = []
        self.end = 0

    def take(self, data: bytes) -> None:
        line = read_line(data)
        entry = line.entry
        if isinstance(entry, SegmentHead):
            self._begin(entry)
        elif not self.lines:
            raise MalformedFootage("an index begins with its head")
        elif isinstance(entry, FragmentEntry):
            self._follow(entry)
        if _described(entry) > PART_LIMIT_BYTES:
            raise MalformedFootage("a part is larger than any that we write")
        if self._bytes_differ(entry, line.digest):
            raise MalformedFootage("the bytes are not those that were kept")
        if self._chain is None or self._hash(self._chain + line.digest + canonical(entry)) != line.chain:
            raise MalformedFootage("the chain is broken")
        self._chain = line.chain
        self.end += _described(entry)
        self.lines.append(line)

    def _begin(self, head: SegmentHead) -> None:
        if self.lines:
            raise MalformedFootage("an index has one head only")
        if head.format != FORMAT or head.algorithm not in ALGORITHMS:
            raise MalformedFootage("a format or an algorithm that is not known here")
        if self._chain is not None and head.previous != self._chain.hex():
            raise MalformedFootage("the segment does not follow the one before")
        self._hash = ALGORITHMS[head.algorithm]
        self._chain = _hash(head.previous)

    def _follow(self, entry: FragmentEntry) -> None:
        if entry.offset != self.end or (self._number is not None and entry.number != self._number + 1):
            raise MalformedFootage("a fragment is missing or out of place")
        self._number = entry.number

    def _bytes_differ(self, entry: Entry, digest: bytes) -> bool:
        if isinstance(entry, GapEntry):
            return self._hash(b"") != digest
        return self._read is not None and self._hash(self._read(self.end, entry.bytes)) != digest


def follows(index: bytes) -> str | None:
    """The chain (hex) that a segment follows, from the beginning of its index; None while that has no head."""
    whole, _ = read_index(index[: LINE_LIMIT_BYTES + 1])
    try:
        entry = read_line(whole[0]).entry if whole else None
    except MalformedFootage:
        return None
    return entry.previous if isinstance(entry, SegmentHead) else None


def cut_behind(index: bytes, chain: str) -> bytes:
    """
    The index up to the line that has this chain (hex), whole where none has. A line whose sync failed may lie behind
    it: what follows says that it was never announced. Nothing, when the same chain is followed by the index itself.
    """
    if follows(index) == chain:
        return b""
    whole, _ = read_index(index)
    wanted, size = b'"chain":"%b"}' % chain.encode(), 0
    for line in whole:
        size += len(line) + 1
        if line.endswith(wanted):
            return index[:size]
    return index


def _described(entry: Entry) -> int:
    return 0 if isinstance(entry, GapEntry) else entry.bytes


def verify_segment(index: bytes, read: Read | None, previous: bytes | None = None) -> Verdict:
    """Check one segment's index and, where `read` is given, every byte it describes; ends at the first fault."""
    whole, tail = read_index(index)
    walk = _Walk(read, previous)
    problems: tuple[str, ...] = () if whole else (EMPTY,)
    for data in whole:
        try:
            walk.take(data)
        except MalformedFootage as error:
            problems = (f"line {len(walk.lines) + 1}: {error.sentence}",)
            break
    return Verdict(tuple(walk.lines), problems, tail, walk.end)
