"""Datagrams in a byte stream, each behind its length (RFC 4571)."""

from dispatch_server.kit.errors import MalformedPacket

LARGEST_DATAGRAM = 1500


class Unframer:
    """Takes pieces of the stream, gives the datagrams that they complete. Raises MalformedPacket for a length that no
    datagram of ours has: the stream cannot be read on."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def push(self, data: bytes) -> list[bytes]:
        pending, position = self._pending, 0
        pending += data
        found = []
        while len(pending) - position >= 2:
            size = pending[position] << 8 | pending[position + 1]
            if not 1 <= size <= LARGEST_DATAGRAM:
                raise MalformedPacket(f"a framed datagram of {size} bytes")
            end = position + 2 + size
            if len(pending) < end:
                break
            found.append(bytes(pending[position + 2 : end]))
            position = end
        del pending[:position]
        return found


def frame(buffer: bytearray, offset: int, sizes: list[int]) -> bytes:
    """Datagrams that lie back to back in a buffer, framed."""
    framed = bytearray()
    for size in sizes:
        framed += size.to_bytes(2, "big")
        framed += buffer[offset : offset + size]
        offset += size
    return bytes(framed)
