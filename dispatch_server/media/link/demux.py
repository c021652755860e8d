"""Tells datagrams apart by their first byte (RFC 7983) and reads whose link a STUN request is for."""

from enum import Enum

LARGEST_DATAGRAM = 1500

STUN_HEADER_BYTES = 20
STUN_COOKIE = b"\x21\x12\xa4\x42"
_BINDING_REQUEST = b"\x00\x01"
_USERNAME = 0x0006
# Nobody puts more in front of USERNAME; a hostile message may not make us walk 370 empty attributes.
_ATTRIBUTES_WALKED = 16
_LONGEST_UFRAG = 256  # RFC 8839 5.4


class DatagramKind(Enum):
    STUN = "stun"
    DTLS = "dtls"
    MEDIA = "media"  # RTP or RTCP (RFC 5761)
    OTHER = "other"


def _kind_of_first_byte(first: int) -> DatagramKind:
    if first <= 3:
        return DatagramKind.STUN
    if 20 <= first <= 63:
        return DatagramKind.DTLS
    if 128 <= first <= 191:
        return DatagramKind.MEDIA
    return DatagramKind.OTHER


_BY_FIRST_BYTE = tuple(_kind_of_first_byte(first) for first in range(256))


def kind_of(datagram: bytes) -> DatagramKind:
    """The class of a datagram; OTHER when it is empty or longer than anything we accept."""
    if 0 < len(datagram) <= LARGEST_DATAGRAM:
        return _BY_FIRST_BYTE[datagram[0]]
    return DatagramKind.OTHER


def local_ufrag_of(datagram: bytes) -> str | None:
    """
    Our user fragment, the part of USERNAME before the colon, of a STUN binding request; None for all else.

    It only says where to look: nothing is checked here but the shape.
    """
    size = len(datagram)
    if (
        not STUN_HEADER_BYTES <= size <= LARGEST_DATAGRAM
        or datagram[0:2] != _BINDING_REQUEST
        or datagram[4:8] != STUN_COOKIE
        or int.from_bytes(datagram[2:4], "big") + STUN_HEADER_BYTES != size
    ):
        return None
    position = STUN_HEADER_BYTES
    for _ in range(_ATTRIBUTES_WALKED):
        if position + 4 > size:
            return None
        attribute = (datagram[position] << 8) | datagram[position + 1]
        length = (datagram[position + 2] << 8) | datagram[position + 3]
        position += 4
        if attribute == _USERNAME:
            return _ufrag_in(datagram[position : position + length], length)
        position += (length + 3) & ~3  # padded to 32 bits (RFC 8489 14)
    return None


def _ufrag_in(username: bytes, length: int) -> str | None:
    ufrag, colon, _ = username.partition(b":")
    if len(username) != length or not colon or not 0 < len(ufrag) <= _LONGEST_UFRAG or not ufrag.isascii():
        return None
    return ufrag.decode("ascii")
