"""Walks the boxes of a fragmented MP4 and checks that they agree with each other (ISO 14496-12; hostile input)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_server.protocol.footage import MalformedFootage

MOST_BOXES = 1_000
MOST_SAMPLES = 100_000
_SIZE = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Box:
    name: bytes
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Track:
    """Of an initialisation part."""

    id: int
    handler: str  # vide | soun
    rate: int
    codec: str  # avc1 | Opus


@dataclass(frozen=True, slots=True)
class TrackRun:
    """Of a fragment."""

    track: int
    base: int
    samples: int
    duration: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Shape:
    number: int
    runs: tuple[TrackRun, ...]
    media_bytes: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes that lie side by side between two offsets; they fill that space exactly."""
    end = len(data) if end is None else end
    for _ in range(MOST_BOXES):
        if start == end:
            return
        if end - start < 8:
            raise MalformedFootage("a box's head is cut")
        size, name = _SIZE.unpack_from(data, start)
        body = start + 8
        if size == 1:
            if end - start < 16:
                raise MalformedFootage("a large box's head is cut")
            (size,) = _LARGE.unpack_from(data, body)
            body += 8
        if size < body - start or size > end - start:
            raise MalformedFootage("a box is longer than what holds it, or shorter than its head")
        yield Box(name, start, body, start + size)
        start += size
    raise MalformedFootage("too many boxes")


def _only(data: bytes, parent: Box | None, name: bytes) -> Box:
    inside = boxes(data) if parent is None else boxes(data, parent.body, parent.end)
    found = [box for box in inside if box.name == name]
    if len(found) != 1:
        raise MalformedFootage(f"there must be exactly one {name.decode('latin-1')}")
    return found[0]


def _numbers(data: bytes, box: Box, at: int, form: str) -> tuple[int, ...]:
    """Big-endian fields that lie `at` bytes behind the box's head."""
    form = ">" + form
    if box.body + at + struct.calcsize(form) > box.end:
        raise MalformedFootage(f"{box.name.decode('latin-1')} is cut")
    return struct.unpack_from(form, data, box.body + at)


def read_init(data: bytes) -> tuple[Track, ...]:
    """The tracks that an initialisation part announces."""
    names = [box.name for box in boxes(data)]
    if names != [b"ftyp", b"moov"]:
        raise MalformedFootage("an initialisation part is ftyp and moov")
    movie = _only(data, None, b"moov")
    return tuple(_read_track(data, box) for box in boxes(data, movie.body, movie.end) if box.name == b"trak")


def _read_track(data: bytes, track: Box) -> Track:
    header, media = _only(data, track, b"tkhd"), _only(data, track, b"mdia")
    time, handler = _only(data, media, b"mdhd"), _only(data, media, b"hdlr")
    table = _only(data, _only(data, media, b"minf"), b"stbl")
    description = _only(data, table, b"stsd")
    (number,) = _numbers(data, header, 4 + (16 if data[header.body : header.body + 1] == b"\1" else 8), "I")
    (rate,) = _numbers(data, time, 4 + (16 if data[time.body : time.body + 1] == b"\1" else 8), "I")
    kind, codec = _numbers(data, handler, 8, "I")[0], _numbers(data, description, 12, "I")[0]
    return Track(number, _text(kind), rate, _text(codec))


def _text(code: int) -> str:
    return code.to_bytes(4, "big").decode("latin-1")


def read_fragment(data: bytes) -> Shape:
    """
    The shape of one fragment: an optional prft, one moof, one mdat.

    Every sample lies inside the mdat, each byte of which belongs to exactly one run.
    """
    names = [box.name for box in boxes(data)]
    if names not in ([b"moof", b"mdat"], [b"prft", b"moof", b"mdat"]):
        raise MalformedFootage("a fragment is moof and mdat")
    moof, mdat = _only(data, None, b"moof"), _only(data, None, b"mdat")
    (number,) = _numbers(data, _only(data, moof, b"mfhd"), 4, "I")
    runs = []
    at = mdat.body
    for box in boxes(data, moof.body, moof.end):
        if box.name == b"traf":
            run, offset = _read_run(data, box)
            if moof.start + offset != at:
                raise MalformedFootage("a run does not follow the one before")
            at += run.bytes
            runs.append(run)
    if at != mdat.end:
        raise MalformedFootage("the samples are not the media data")
    return Shape(number, tuple(runs), mdat.end - mdat.body)


def _read_run(data: bytes, traf: Box) -> tuple[TrackRun, int]:
    header, run = _only(data, traf, b"tfhd"), _only(data, traf, b"trun")
    head_flags, track = _numbers(data, header, 0, "II")
    if head_flags & 0xFFFFFF != 0x020020:
        raise MalformedFootage("a track fragment header of another kind than ours")
    (base,) = _numbers(data, _only(data, traf, b"tfdt"), 4, "Q")
    flags, count, offset = _numbers(data, run, 0, "IIi")
    if flags & 0x701 != 0x301 or count > MOST_SAMPLES:
        raise MalformedFootage("a run of another kind than ours")
    each = 12 if flags & 0x800 else 8
    table = run.body + 12 + (4 if flags & 0x4 else 0)
    if table + each * count != run.end:
        raise MalformedFootage("a run's table is not as long as it says")
    step = each // 4
    values = struct.unpack_from(f">{step * count}I", data, table)
    return TrackRun(track, base, count, sum(values[::step]), sum(values[1::step])), offset
