"""The one UDP port: reads batches (UDP_GRO) and sends runs of equal packets at once (UDP_SEGMENT), else plainly."""

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dispatch_server.media.link.outbox import Address, Outbox

_UDP = 17
_UDP_SEGMENT = 103  # linux/udp.h
_UDP_GRO = 104
_SEGMENTS_AT_MOST = 64  # UDP_MAX_SEGMENTS
_BYTES_AT_MOST = 65_000
_INT = struct.Struct("=i")
_SHORT = struct.Struct("=H")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_INT.size)
LARGEST_DATAGRAM = 1500
BUFFER_BYTES = 8 * 1024 * 1024

# Datagrams that came back to back from one source.
Deliver = Callable[[list[bytes], Address], None]


@dataclass(slots=True)
class UdpCounters:
    received: int = 0
    reads: int = 0
    sent: int = 0
    writes: int = 0
    dropped_full: int = 0  # the kernel's send buffer was full
    dropped_unreachable: int = 0
    too_long: int = 0


class UdpPort:
    """A non-blocking socket, bound by `open`. Not thread-safe; the loop owns it."""

    def __init__(self, host: str, port: int, *, batching: bool = True, buffer_bytes: int = BUFFER_BYTES) -> None:
        self._place, self._batching, self._buffer_bytes = (host, port), batching, buffer_bytes
        self.gro = self.gso = False
        self.counters = UdpCounters()
        self._buffer = bytearray(65_535)
        self._view = memoryview(self._buffer)
        self.socket: socket.socket

    def open(self) -> "UdpPort":
        """Bind. Raises OSError when the port is taken."""
        host, _ = self._place
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self.socket.setsockopt(socket.SOL_SOCKET, option, self._buffer_bytes)
        self.gro = self._batching and self._allow(_UDP_GRO)
        self.gso = self._batching and self._knows(_UDP_SEGMENT)
        try:
            self.socket.bind(self._place)
        except OSError:
            self.socket.close()
            raise
        return self

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def _allow(self, option: int) -> bool:
        try:
            self.socket.setsockopt(_UDP, option, 1)
        except OSError:
            return False
        return True

    def _knows(self, option: int) -> bool:
        try:
            self.socket.getsockopt(_UDP, option)
        except OSError:
            return False
        return True

    def receive(self, deliver: Deliver, most: int) -> int:
        """Deliver what the socket has, at most about `most` datagrams; how many it was."""
        receive, view, buffer, counters = self.socket.recvmsg_into, self._view, (self._buffer,), self.counters
        ancillary = _ANCILLARY_BYTES if self.gro else 0
        count = 0
        while count < most:
            try:
                size, control, _, source = receive(buffer, ancillary)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier send (RFC 1122): not ours to end for
                counters.dropped_unreachable += 1
                count += 1
                continue
            counters.reads += 1
            step = _INT.unpack(control[0][2])[0] if control else size
            if not 1 <= step <= LARGEST_DATAGRAM:
                counters.too_long += 1
                count += 1
                continue
            datagrams = (
                [bytes(view[:size])]
                if step >= size
                else [bytes(view[start : min(start + step, size)]) for start in range(0, size, step)]
            )
            count += len(datagrams)
            deliver(datagrams, (source[0], source[1]))
        counters.received += count
        return count

    def send(self, outbox: Outbox) -> None:
        """Send every UDP run of the outbox; what the kernel has no room for is dropped and counted."""
        counters, send = self.counters, self.socket.sendto
        sent = 0
        with memoryview(outbox.buffer) as view:
            for destination, offset, sizes in outbox.runs:
                if len(destination) != 2:
                    continue
                if len(sizes) > 1:
                    self._send_run(view, destination, offset, sizes)
                    continue
                try:  # as in `_send_one`, without its call: sound comes packet by packet
                    send(view[offset : offset + sizes[0]], destination)
                    sent += 1
                except BlockingIOError:
                    counters.dropped_full += 1
                except OSError:
                    counters.dropped_unreachable += 1
        counters.sent += sent
        counters.writes += sent

    def _send_run(self, view: memoryview, destination: Address, offset: int, sizes: list[int]) -> None:
        if not self.gso:
            for size in sizes:
                self._send_one(view[offset : offset + size], destination)
                offset += size
            return
        first, count = sizes[0], len(sizes)
        equal = sizes.count(first)
        # The usual frame: full packets and a shorter last one.
        if count <= _SEGMENTS_AT_MOST and (equal == count or (equal == count - 1 and sizes[-1] < first)):
            end = offset + first * (count - 1) + sizes[-1]
            if end - offset <= _BYTES_AT_MOST:
                self._send_batch(view, destination, offset, end, first, count)
                return
        for start, end, segment, part in self._batches(offset, sizes, first):
            if part == 1:
                self._send_one(view[start:end], destination)
            else:
                self._send_batch(view, destination, start, end, segment, part)

    def _send_batch(
        self, view: memoryview, destination: Address, start: int, end: int, segment: int, count: int
    ) -> None:
        counters = self.counters
        try:
            self.socket.sendmsg((view[start:end],), ((_UDP, _UDP_SEGMENT, _SHORT.pack(segment)),), 0, destination)
            counters.writes += 1
            counters.sent += count
        except BlockingIOError:
            counters.dropped_full += count
        except OSError as error:
            self._send_failed(error, view, destination, start, end, segment)

    @staticmethod
    def _batches(offset: int, sizes: list[int], segment: int) -> Iterator[tuple[int, int, int, int]]:
        """Equal sizes in a row, the last one of a batch may be shorter (udp(7), UDP_SEGMENT)."""
        start, end, count = offset, offset, 0
        for size in sizes:
            full = count == _SEGMENTS_AT_MOST or end - start + size > _BYTES_AT_MOST
            if count and (size > segment or full):
                yield start, end, segment, count
                start, count = end, 0
            if count == 0:
                segment = size
            end += size
            count += 1
            if size < segment:
                yield start, end, segment, count
                start, count = end, 0
        if count:
            yield start, end, segment, count

    def _send_one(self, datagram: memoryview, destination: Address) -> None:
        counters = self.counters
        try:
            self.socket.sendto(datagram, destination)
            counters.writes += 1
            counters.sent += 1
        except BlockingIOError:
            counters.dropped_full += 1
        except OSError:
            counters.dropped_unreachable += 1

    def _send_failed(
        self, error: OSError, view: memoryview, destination: Address, start: int, end: int, segment: int
    ) -> None:
        """A device without checksum offload refuses UDP_SEGMENT (EIO, EINVAL): go on without it for good."""
        if error.errno not in (errno.EIO, errno.EINVAL, errno.ENOPROTOOPT, errno.EMSGSIZE):
            self.counters.dropped_unreachable += 1
            return
        if error.errno != errno.EMSGSIZE:
            self.gso = False
        for position in range(start, end, segment):
            self._send_one(view[position : min(position + segment, end)], destination)

    def close(self) -> None:
        self.socket.close()
