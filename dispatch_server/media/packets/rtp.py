"""RTP headers (RFC 3550 5.1, RFC 8285 one-byte extensions): read fast, written whole."""

import struct

from dispatch_server.kit.errors import MalformedPacket

FIXED = struct.Struct("!BBHII")
# Fixed header and one extension word: version 2 with X, profile 0xBEDE, length 1, then id/length and three bytes.
WITH_EXTENSION = struct.Struct("!BBHIIHHI")
# The same two with what does not change from packet to packet already packed: SSRC, and the extension.
WITH_TAIL = struct.Struct("!BBHI4s")
WITH_LONG_TAIL = struct.Struct("!BBHI12s")
TAIL = struct.Struct("!I")
LONG_TAIL = struct.Struct("!IHHI")
EXTENDED_FIRST_BYTE = 0x90
PLAIN_FIRST_BYTE = 0x80
ONE_BYTE_PROFILE = 0xBEDE

SMALLEST_BYTES = 12


def payload_bounds(packet: bytes) -> tuple[int, int]:
    """
    Where the payload of a decrypted packet begins and ends, behind CSRCs and extension, before the padding.

    Raises MalformedPacket when the lengths do not fit.
    """
    first = packet[0]
    start = 12 + 4 * (first & 0x0F)
    end = len(packet)
    if first & 0x10:
        if start + 4 > end:
            raise MalformedPacket("RTP extension header is cut")
        start += 4 + 4 * ((packet[start + 2] << 8) | packet[start + 3])
    if first & 0x20 and end > start:
        padding = packet[-1]
        if padding == 0:
            raise MalformedPacket("RTP padding of length zero")
        end -= padding
    if start > end:
        raise MalformedPacket("RTP lengths do not fit")
    return start, end


def ssrc_of(packet: bytes) -> int:
    """The SSRC of a packet that has at least 12 bytes; readable before decryption."""
    return int.from_bytes(packet[8:12], "big")


def is_rtcp(datagram: bytes) -> bool:
    """RTP and RTCP on one port are told apart by the packet type (RFC 5761 4)."""
    return len(datagram) >= 2 and 192 <= datagram[1] <= 223


def abs_send_time(now: float) -> int:
    """24 bits, 6.18 fixed-point seconds (abs-send-time extension)."""
    return int(now * 262144.0) & 0xFFFFFF
