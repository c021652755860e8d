"""A UDP socket that tells when the kernel took each datagram in, so that a slow reader does not count as delay."""

import socket
import struct
from collections.abc import Iterator

from dispatch_server.media.link.outbox import Address, Outbox

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; the control message has the same number
_UDP, _UDP_GRO = 17, 104
_TIMESPEC, _INT = struct.Struct("=qq"), struct.Struct("=i")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size) + socket.CMSG_SPACE(_INT.size)
BUFFER_BYTES = 4 * 1024 * 1024

Stamped = tuple[bytes, Address, float]


class StampedSocket:
    """Bound to any port of `host`."""

    def __init__(self, host: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(_UDP, _UDP_GRO, 1)
        self.socket.bind((host, 0))
        self._buffer = bytearray(65_535)
        self._view = memoryview(self._buffer)

    def receive(self, most: int) -> Iterator[Stamped]:
        """(datagram, source, wall-clock seconds of its arrival)."""
        for _ in range(most):
            try:
                size, control, _, source = self.socket.recvmsg_into([self._buffer], _ANCILLARY_BYTES)
            except BlockingIOError:
                return
            step, arrived = size, 0.0
            for level, kind, data in control:
                if level == _UDP and kind == _UDP_GRO:
                    step = _INT.unpack(data)[0]
                elif level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack(data)
                    arrived = seconds + nanoseconds / 1e9
            for start in range(0, size, step):
                yield bytes(self._view[start : min(start + step, size)]), (source[0], source[1]), arrived

    def send(self, outbox: Outbox) -> None:
        """Few and small: checks, the handshake, reports."""
        for destination, offset, sizes in outbox.runs:
            for size in sizes:
                self.socket.sendto(outbox.buffer[offset : offset + size], destination[:2])
                offset += size

    def close(self) -> None:
        self.socket.close()
