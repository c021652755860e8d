"""H.264 in RTP (RFC 6184, packetization mode 1) and in its two byte-stream forms (ISO 14496-10 Annex B, 14496-15)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.bits import BitReader

SLICE, IDR, SEI, SPS, PPS, DELIMITER, FILLER = 1, 5, 6, 7, 8, 9, 12
STAP_A, FU_A = 24, 28
LONGEST_SPS_BYTES = 512  # real ones have 10 to 60
LARGEST_SIDE = 16384

_START_CODE = re.compile(rb"\x00\x00\x01")
# Profiles whose SPS carries chroma format, bit depths and scaling lists (H.264 7.3.2.1.1).
_HIGH_PROFILES = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})


@dataclass(frozen=True, slots=True)
class PictureSize:
    """What one sequence parameter set says of the picture."""

    width: int
    height: int
    profile_idc: int
    constraint: int
    level: int


def starts_key_frame(payload: bytes) -> bool:
    """Whether a key frame begins in this payload: its SPS, its IDR slice or the first fragment of that slice."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == FU_A:
        return len(payload) > 1 and payload[1] & 0x9F == 0x80 | IDR
    if kind == STAP_A:
        position, end = 1, len(payload)
        while position + 2 < end:
            if payload[position + 2] & 0x1F in (IDR, SPS):
                return True
            position += 2 + (payload[position] << 8 | payload[position + 1])
        return False
    return kind in (IDR, SPS)


def starts_access_unit(payload: bytes) -> bool:
    """
    Whether a picture begins here, as far as one payload can tell (H.264 7.4.1.2.3): a delimiter, parameter set or
    SEI, or the slice with the first macroblock.
    """
    if len(payload) < 2:
        return False
    kind, at = payload[0] & 0x1F, 1
    if kind == FU_A:
        if not payload[1] & 0x80:
            return False
        kind, at = payload[1] & 0x1F, 2
    elif kind == STAP_A:
        if len(payload) < 4:
            return False
        kind, at = payload[3] & 0x1F, 4
    if SEI <= kind <= DELIMITER:
        return True
    # first_mb_in_slice is the slice header's first ue(v): zero is the single bit 1
    return SLICE <= kind <= IDR and len(payload) > at and payload[at] & 0x80 != 0


class Depacketizer:
    """Payloads of one stream, in order and without gaps, to NAL units. Raises MalformedPacket."""

    __slots__ = ("_fragments",)

    def __init__(self) -> None:
        self._fragments: list[bytes] = []

    @property
    def incomplete(self) -> bool:
        """Whether a fragmented NAL unit has begun and not ended."""
        return bool(self._fragments)

    def reset(self) -> None:
        """Forget a begun NAL unit: a packet is missing."""
        self._fragments = []

    def push(self, payload: bytes) -> list[bytes]:
        """The NAL units that this payload completes."""
        return self.read((payload,))

    def read(self, payloads: Iterable[bytes]) -> list[bytes]:
        """The NAL units that these payloads complete; the hot path, one call for a whole access unit."""
        units: list[bytes] = []
        fragments = self._fragments
        for payload in payloads:
            if len(payload) < 2:
                raise MalformedPacket("H.264 payload is too short")
            first = payload[0]
            kind = first & 0x1F
            if kind == FU_A:
                second = payload[1]
                if second & 0x80:
                    if fragments or second & 0x40:
                        self._fragments = []
                        raise MalformedPacket("a fragment begins inside another, or begins and ends at once")
                    fragments.append(bytes((first & 0xE0 | second & 0x1F,)))
                elif not fragments:
                    raise MalformedPacket("a fragment goes on that has not begun")
                fragments.append(payload[2:])
                if second & 0x40:
                    units.append(b"".join(fragments))
                    fragments.clear()
            elif fragments:
                self._fragments = []
                raise MalformedPacket("a fragment was not ended")
            elif 0 < kind < STAP_A:
                units.append(payload)
            elif kind == STAP_A:
                units.extend(_aggregated(payload))
            elif STAP_A < kind < 30:
                raise MalformedPacket("an interleaved H.264 payload in packetization mode 1")
        return units


def _aggregated(payload: bytes) -> list[bytes]:
    """The NAL units of a STAP-A (RFC 6184 5.7.1)."""
    units = []
    position, end = 1, len(payload)
    while position < end:
        size = int.from_bytes(payload[position : position + 2], "big")
        position += 2
        if size == 0 or position + size > end:
            raise MalformedPacket("an aggregated NAL unit is cut")
        if not 0 < payload[position] & 0x1F < STAP_A:
            raise MalformedPacket("an aggregate inside an aggregate")
        units.append(payload[position : position + size])
        position += size
    return units


def split_annex_b(data: bytes) -> list[bytes]:
    """The NAL units of a byte stream with start codes; what stands before the first one is not a unit."""
    starts = [match.end() for match in _START_CODE.finditer(data)]
    ends = [start - 3 for start in starts[1:]] + [len(data)]
    # Zeros before a start code belong to it, and no NAL unit ends in zero (Annex B.1, 7.4.1).
    units = [data[start:end].rstrip(b"\0") for start, end in zip(starts, ends, strict=False)]
    return [unit for unit in units if unit]


def to_length_prefixed(nals: Sequence[bytes]) -> bytes:
    """NAL units each behind its 4-byte length, as MP4 keeps them (ISO 14496-15)."""
    parts: list[bytes] = []
    for nal in nals:
        parts.append(len(nal).to_bytes(4, "big"))
        parts.append(nal)
    return b"".join(parts)


def split_length_prefixed(data: bytes) -> list[bytes]:
    """The way back. Raises MalformedPacket."""
    units = []
    position, end = 0, len(data)
    while position < end:
        size = int.from_bytes(data[position : position + 4], "big")
        position += 4
        if size == 0 or position + size > end:
            raise MalformedPacket("a length-prefixed NAL unit is cut")
        units.append(data[position : position + size])
        position += size
    return units


def to_annex_b(length_prefixed: bytes) -> bytes:
    """Length prefixes to start codes, as decoders outside MP4 want them. Raises MalformedPacket."""
    return b"".join([b"\0\0\0\1" + unit for unit in split_length_prefixed(length_prefixed)])


def read_sps(sps: bytes) -> PictureSize:
    """Picture size and profile of one SPS NAL unit (header byte first, no start code). Raises MalformedPacket."""
    if not 4 < len(sps) <= LONGEST_SPS_BYTES or sps[0] & 0x1F != SPS:
        raise MalformedPacket("not a sequence parameter set")
    bits = BitReader(sps[1:].replace(b"\0\0\3", b"\0\0"))  # emulation prevention, H.264 7.4.1
    profile, constraint, level = bits.read(8), bits.read(8), bits.read(8)
    bits.unsigned()
    chroma_format = _skip_high_profile(bits) if profile in _HIGH_PROFILES else 1
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_picture_order(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.read(1)
    width = 16 * (bits.unsigned() + 1)
    map_units = bits.unsigned() + 1
    frames_only = bits.read(1)
    if not frames_only:
        bits.read(1)
    bits.read(1)
    height = 16 * map_units * (2 - frames_only)
    if bits.read(1):
        # H.264 equations 7-19 to 7-22: crop units are chroma samples
        unit_x = 2 if chroma_format in (1, 2) else 1
        unit_y = (2 if chroma_format == 1 else 1) * (2 - frames_only)
        width -= unit_x * (bits.unsigned() + bits.unsigned())
        height -= unit_y * (bits.unsigned() + bits.unsigned())
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise MalformedPacket("a picture size that no camera has")
    return PictureSize(width, height, profile, constraint, level)


def _skip_high_profile(bits: BitReader) -> int:
    chroma_format = bits.unsigned()
    if chroma_format > 3:
        raise MalformedPacket("a chroma format that H.264 does not have")
    if chroma_format == 3:
        bits.read(1)
    bits.unsigned()
    bits.unsigned()
    bits.read(1)
    if bits.read(1):
        for index in range(12 if chroma_format == 3 else 8):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma_format


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """H.264 7.3.2.1.1.1: only a decoder cares."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.read(1)
        bits.signed()
        bits.signed()
        count = bits.unsigned()
        if count > 255:
            raise MalformedPacket("too many frames in a picture order cycle")
        for _ in range(count):
            bits.signed()
    elif kind != 2:
        raise MalformedPacket("a picture order type that H.264 does not have")
