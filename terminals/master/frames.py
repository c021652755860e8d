"""Makes frames of what the encoders give: a terminal's own footage has the form of what the server records (pure)."""

import struct
from collections.abc import Sequence

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import PPS, SPS
from dispatch_server.media.sink import Frame

CLOCK = {Layer.MAIN: 90_000, Layer.SUB: 90_000, Layer.SOUND: 48_000}
DELIMITER, FILLER = 9, 12  # H.264 table 7-1
_LEFT_OUT = (DELIMITER, FILLER, SPS, PPS)


def frame_of(layer: Layer, parts: Sequence[bytes], ticks: int, is_key: bool, zero_utc_us: int) -> Frame:
    """`parts`: the NAL units of one access unit, or one Opus packet; `zero_utc_us`: server UTC of tick 0."""
    utc_us = zero_utc_us + ticks * 1_000_000 // CLOCK[layer]
    if layer is Layer.SOUND:
        return Frame(Kind.AUDIO, layer, ticks, utc_us, b"".join(parts), True, None, False)
    kinds = [nal[0] & 0x1F for nal in parts]
    sets = None
    if is_key and SPS in kinds and PPS in kinds:
        sets = parts[kinds.index(SPS)], parts[kinds.index(PPS)]
    kept = [nal for nal, kind in zip(parts, kinds, strict=True) if kind not in _LEFT_OUT]
    data = b"".join(struct.pack(">I", len(nal)) + nal for nal in kept)
    return Frame(Kind.VIDEO, layer, ticks, utc_us, data, is_key, sets, False)
