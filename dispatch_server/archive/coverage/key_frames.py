"""Takes one key frame with its parameter sets out of a kept file: hostile input, for the worker to decode (pure).

ISO 14496-12 (moof, trun) and 14496-15 5.3.3 (avcC). Only what our own writer makes is read, and nothing of it is
trusted: a master's bytes come from a device.
"""

import struct

from dispatch_server.media.recording.boxes import Box, boxes
from dispatch_server.media.recording.fmp4 import VIDEO_ID
from dispatch_server.protocol.footage import MalformedFootage

MOST_BYTES = 4 << 20


def parameter_sets(init: bytes) -> tuple[bytes, bytes]:
    """SPS and PPS of the picture track. Raises MalformedFootage."""
    at = init.find(b"avcC")
    if at < 0 or not any(box.name == b"moov" for box in boxes(init)):
        raise MalformedFootage("there is no picture track")
    record = init[at + 4 : at + 4 + 4096]
    try:
        length = struct.unpack_from(">H", record, 6)[0]
        sps = record[8 : 8 + length]
        more = struct.unpack_from(">H", record, 9 + length)[0]
        pps = record[11 + length : 11 + length + more]
    except struct.error:
        raise MalformedFootage("the decoder's configuration is cut") from None
    if len(sps) != length or len(pps) != more or not sps or not pps:
        raise MalformedFootage("the decoder's configuration is cut")
    return sps, pps


def first_picture(fragment: bytes) -> bytes:
    """The first sample of the picture track: NAL units behind their lengths. Raises MalformedFootage."""
    for moof in _named(fragment, 0, len(fragment), b"moof"):
        for traf in _named(fragment, moof.body, moof.end, b"traf"):
            if _track(fragment, traf) == VIDEO_ID:
                for trun in _named(fragment, traf.body, traf.end, b"trun"):
                    return _first_sample(fragment, moof, trun)
    raise MalformedFootage("there is no picture in the fragment")


def _named(data: bytes, start: int, end: int, name: bytes) -> list[Box]:
    return [box for box in boxes(data, start, end) if box.name == name]


def _track(data: bytes, traf: Box) -> int:
    heads = _named(data, traf.body, traf.end, b"tfhd")
    if not heads or heads[0].end - heads[0].body < 8:
        raise MalformedFootage("a track's head is missing")
    return int(struct.unpack_from(">I", data, heads[0].body + 4)[0])


def _first_sample(data: bytes, moof: Box, trun: Box) -> bytes:
    try:
        flags, count, offset = struct.unpack_from(">IIi", data, trun.body)
        at = trun.body + 12 + (4 if flags & 0x4 else 0) + (4 if flags & 0x100 else 0)
        (size,) = struct.unpack_from(">I", data, at)
    except struct.error:
        raise MalformedFootage("a run is cut") from None
    begin = moof.start + offset
    if not count or not flags & 0x200 or not flags & 0x1 or not 0 < size <= MOST_BYTES or begin < moof.end:
        raise MalformedFootage("a run says nothing usable of its first sample")
    sample = data[begin : begin + size]
    if len(sample) != size:
        raise MalformedFootage("a sample is cut")
    return sample
