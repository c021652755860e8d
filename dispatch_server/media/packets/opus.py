"""What one Opus packet says of itself (RFC 6716 3.1): how long it lasts, and whether it is silence."""

LONGEST_TICKS = 5760  # 120 ms at 48 kHz, RFC 6716 3.4 R5
DTX_BYTES = 2  # an encoder in discontinuous transmission sends no more than this for a frame of silence


def _frame_ticks(config: int) -> int:
    """Ticks of one frame by TOC configuration number (RFC 6716 table 2)."""
    if config < 12:  # SILK: 10, 20, 40, 60 ms
        return (480, 960, 1920, 2880)[config & 3]
    if config < 16:  # hybrid: 10, 20 ms
        return (480, 960)[config & 1]
    return (120, 240, 480, 960)[config & 3]  # CELT: 2.5, 5, 10, 20 ms


_FRAME_TICKS = tuple(_frame_ticks(toc >> 3) for toc in range(256))


def duration_ticks(packet: bytes) -> int:
    """Length of the packet in ticks of 48 kHz; 0 when it is not a valid Opus packet."""
    if not packet:
        return 0
    toc = packet[0]
    code = toc & 3
    if code == 0:
        return _FRAME_TICKS[toc]
    if code < 3:
        return 2 * _FRAME_TICKS[toc]
    if len(packet) < 2:
        return 0
    ticks = (packet[1] & 0x3F) * _FRAME_TICKS[toc]
    return ticks if ticks <= LONGEST_TICKS else 0


def is_dtx(packet: bytes) -> bool:
    """Whether the packet only keeps the stream going through silence."""
    return len(packet) <= DTX_BYTES
