"""Which whole fragments make up a clip, and how those of later files are moved in time (pure)."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dispatch_server.archive.derivatives.refusals import FormChanges, NothingThere
from dispatch_server.media.recording.boxes import Box, boxes, read_init
from dispatch_server.protocol.footage import FragmentEntry, Line, MalformedFootage, SegmentHead

ORIGIN_FORM = "dispatch.derivative.origin.v1"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One segment of the original: its head, its fragments, and the bytes of its initialisation part."""

    head: SegmentHead
    lines: tuple[Line, ...]  # of fragments
    init: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment of the original; `shift_us` is added to its time, for a clip has one timeline."""

    segment: int
    entry: FragmentEntry
    digest: bytes
    shift_us: int


@dataclass(frozen=True, slots=True)
class Cut:
    init: bytes
    rates: dict[int, int]  # track → ticks a second
    pieces: tuple[Piece, ...]

    @property
    def from_utc_us(self) -> int:
        return self.pieces[0].entry.utc_us

    @property
    def to_utc_us(self) -> int:
        return max(piece.entry.utc_us + piece.entry.duration_us for piece in self.pieces)

    @property
    def bytes(self) -> int:
        return len(self.init) + sum(piece.entry.bytes for piece in self.pieces)

    @property
    def original_digest(self) -> str:
        return sha256(b"".join(piece.digest for piece in self.pieces)).hexdigest()


def cut(files: Sequence[SourceFile], from_utc_us: int, to_utc_us: int) -> Cut:
    """
    From the last key frame at or before the one time, to the end of the fragment in which the other lies.

    Raises NothingThere, and FormChanges where the files have not the same form of picture and sound.
    """
    chosen = [(file, lines) for file in files if (lines := _within(file, from_utc_us, to_utc_us))]
    if not chosen:
        raise NothingThere
    first = chosen[0][0]
    pieces = []
    for file, lines in chosen:
        if _descriptions(file.init) != _descriptions(first.init):
            raise FormChanges(file.head.utc_us)
        shift_us = file.head.utc_us - first.head.utc_us
        pieces += [Piece(file.head.number, _fragment(line), line.digest, shift_us) for line in lines]
    rates = {track.id: track.rate for track in read_init(first.init)}
    return Cut(first.init, rates, tuple(pieces))


def _within(file: SourceFile, from_utc_us: int, to_utc_us: int) -> list[Line]:
    entries = [_fragment(line) for line in file.lines]
    ends = [entry.utc_us + entry.duration_us for entry in entries]
    inside = [at for at, entry in enumerate(entries) if entry.utc_us < to_utc_us and ends[at] > from_utc_us]
    if not inside:
        return []
    begin = inside[0]
    while begin > 0 and file.head.video and not entries[begin].key:
        begin -= 1
    return list(file.lines[begin : inside[-1] + 1])


def _fragment(line: Line) -> FragmentEntry:
    assert isinstance(line.entry, FragmentEntry)
    return line.entry


def _descriptions(init: bytes) -> list[bytes]:
    """What a decoder is told, without times of creation."""
    found = []
    path = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"]

    def walk(start: int, end: int, depth: int) -> None:
        for box in boxes(init, start, end):
            if box.name != path[depth]:
                continue
            if depth == len(path) - 1:
                found.append(init[box.start : box.end])
            else:
                walk(box.body, box.end, depth + 1)

    walk(0, len(init), 0)
    return found


def moved(data: bytes, shift_us: int, rates: dict[int, int]) -> bytes:
    """A fragment with other decode times, and all else as it was. Raises MalformedFootage."""
    if not shift_us:
        return data
    made = bytearray(data)
    for box in boxes(data):
        if box.name == b"prft":
            (track,) = struct.unpack_from(">I", data, box.body + 4)
            _add(made, box, 16, rates.get(track, 0) * shift_us // 1_000_000)
        if box.name == b"moof":
            for part in boxes(data, box.body, box.end):
                if part.name == b"traf":
                    _move_track(made, data, part, shift_us, rates)
    return bytes(made)


def _move_track(made: bytearray, data: bytes, traf: Box, shift_us: int, rates: dict[int, int]) -> None:
    inside = {box.name: box for box in boxes(data, traf.body, traf.end)}
    if b"tfhd" not in inside or b"tfdt" not in inside or data[inside[b"tfdt"].body] != 1:
        raise MalformedFootage("a track fragment has no decode time of ours")
    (track,) = struct.unpack_from(">I", data, inside[b"tfhd"].body + 4)
    _add(made, inside[b"tfdt"], 4, rates.get(track, 0) * shift_us // 1_000_000)


def _add(made: bytearray, box: Box, at: int, ticks: int) -> None:
    place = box.body + at
    if place + 8 > box.end:
        raise MalformedFootage("a time is cut")
    (before,) = struct.unpack_from(">Q", made, place)
    struct.pack_into(">Q", made, place, (before + ticks) & 0xFFFFFFFFFFFFFFFF)


def write_origin(made: Cut, about: dict[str, Any], digests: Sequence[str]) -> bytes:
    """One line a fragment: where it lies in the original, its digest there and in the clip."""
    lines = [json.dumps({"form": ORIGIN_FORM, **about}, ensure_ascii=False, sort_keys=True)]
    at = len(made.init)
    for piece, digest in zip(made.pieces, digests, strict=True):
        entry = piece.entry
        lines.append(
            json.dumps(
                {
                    "segment": piece.segment,
                    "fragment": entry.number,
                    "offset": entry.offset,
                    "bytes": entry.bytes,
                    "utc_us": entry.utc_us,
                    "duration_us": entry.duration_us,
                    "key": entry.key,
                    "original_sha256": piece.digest.hex(),
                    "at": at,
                    "sha256": digest,
                    "moved_us": piece.shift_us,
                },
                sort_keys=True,
            )
        )
        at += entry.bytes
    return "\n".join(lines).encode() + b"\n"
