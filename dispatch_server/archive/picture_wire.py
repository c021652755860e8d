"""What goes over the pipe between the server and its picture worker: lengths before bytes, all of them bounded."""

import json
import struct
from dataclasses import dataclass

REQUEST_LIMIT_BYTES = 4 << 20
REPLY_LIMIT_BYTES = 512 << 10
_REQUEST = struct.Struct(">BQHHI")
LENGTH = struct.Struct(">I")


class BrokenPipeTalk(ValueError):
    """The other end sent what is no message."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One key frame, with what a decoder needs for it."""

    stream_id: str
    utc_us: int
    sps: bytes
    pps: bytes
    data: bytes  # NAL units, each behind its 4-byte length


@dataclass(frozen=True, slots=True)
class Seen:
    """What the worker saw; without a JPEG when the frame could not be decoded."""

    stream_id: str
    utc_us: int
    marks: tuple[str, ...]
    jpeg: bytes


def write_request(sample: Sample) -> bytes:
    """Raises BrokenPipeTalk when it is too large to be sent."""
    stream = sample.stream_id.encode()
    if len(stream) > 255 or len(sample.sps) > 1024 or len(sample.pps) > 1024:
        raise BrokenPipeTalk("the sample's head is too long")
    head = _REQUEST.pack(len(stream), sample.utc_us, len(sample.sps), len(sample.pps), len(sample.data))
    body = b"".join((head, stream, sample.sps, sample.pps, sample.data))
    if len(body) > REQUEST_LIMIT_BYTES:
        raise BrokenPipeTalk("the sample is too large")
    return LENGTH.pack(len(body)) + body


def read_request(body: bytes) -> Sample:
    if len(body) < _REQUEST.size:
        raise BrokenPipeTalk("the request is too short")
    lengths = _REQUEST.unpack_from(body)
    utc_us = lengths[1]
    pieces, at = [], _REQUEST.size
    for length in (lengths[0], *lengths[2:]):
        pieces.append(body[at : at + length])
        at += length
    if at != len(body):
        raise BrokenPipeTalk("the request's lengths do not agree")
    return Sample(pieces[0].decode(), utc_us, pieces[1], pieces[2], pieces[3])


def write_reply(seen: Seen) -> bytes:
    head = json.dumps({"stream_id": seen.stream_id, "utc_us": seen.utc_us, "marks": seen.marks}).encode()
    body = LENGTH.pack(len(head)) + head + seen.jpeg
    return LENGTH.pack(len(body)) + body


def read_reply(body: bytes) -> Seen:
    if len(body) < LENGTH.size:
        raise BrokenPipeTalk("the reply is too short")
    (length,) = LENGTH.unpack_from(body)
    try:
        plain = json.loads(body[LENGTH.size : LENGTH.size + length])
        marks = tuple(str(mark) for mark in plain["marks"])
        return Seen(str(plain["stream_id"]), int(plain["utc_us"]), marks, body[LENGTH.size + length :])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenPipeTalk("the reply is no message") from error
