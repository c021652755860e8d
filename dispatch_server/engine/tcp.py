"""Passive ICE-TCP on the same port number (RFC 6544), each datagram behind its length (RFC 4571)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.media.link.outbox import Address, Outbox

LARGEST_DATAGRAM = 1500
FIRST_DATAGRAM_S = 10.0

Deliver = Callable[[bytes, Address], None]


@dataclass(slots=True)
class TcpCounters:
    connections: int = 0
    refused: int = 0
    received: int = 0
    sent: int = 0
    dropped_full: int = 0  # a slow connection loses its own frames
    malformed: int = 0


class TcpPort:
    """Accepts connections and speaks in datagrams; the address of one is (host, port, "tcp")."""

    def __init__(
        self,
        deliver: Deliver,
        wake: Callable[[], None],
        ended: Callable[[Address], None],
        *,
        most: int,
        buffer_bytes: int,
    ) -> None:
        self.buffer_bytes = buffer_bytes
        self._most = most
        self._deliver = deliver
        self._wake = wake
        self._ended = ended
        self._connections: dict[Address, _Connection] = {}
        self._server: asyncio.Server | None = None
        self.counters = TcpCounters()

    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), host, port, reuse_address=True)

    @property
    def has_connections(self) -> bool:
        return bool(self._connections)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def send(self, outbox: Outbox) -> None:
        """Write every TCP run of the outbox to its connection."""
        for destination, offset, sizes in outbox.runs:
            if len(destination) == 3:
                connection = self._connections.get(destination)
                if connection is not None:
                    connection.write(outbox.buffer, offset, sizes)

    def forget(self, address: Address) -> None:
        """End the connection of a peer that is gone."""
        connection = self._connections.get(address)
        if connection is not None:
            connection.end()

    async def close(self) -> None:
        for connection in list(self._connections.values()):
            connection.end()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _opened(self, connection: "_Connection") -> bool:
        if len(self._connections) >= self._most or connection.address in self._connections:
            self.counters.refused += 1
            return False
        self._connections[connection.address] = connection
        self.counters.connections += 1
        return True

    def _closed(self, connection: "_Connection") -> None:
        if self._connections.get(connection.address) is connection:
            del self._connections[connection.address]
            self._ended(connection.address)

    def _received(self, datagram: bytes, connection: "_Connection") -> None:
        self.counters.received += 1
        self._deliver(datagram, connection.address)


class _Connection(asyncio.Protocol):
    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._pending = bytearray()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self.address: Address = ("", 0, "tcp")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.address = (peer[0], peer[1], "tcp")
        transport.set_write_buffer_limits(high=self._port.buffer_bytes)
        if not self._port._opened(self):
            transport.abort()
            return
        self._deadline = asyncio.get_running_loop().call_later(FIRST_DATAGRAM_S, self.end)

    def data_received(self, data: bytes) -> None:
        pending = self._pending
        pending += data
        position = 0
        while len(pending) - position >= 2:
            size = pending[position] << 8 | pending[position + 1]
            if not 1 <= size <= LARGEST_DATAGRAM:
                self._port.counters.malformed += 1
                self.end()
                return
            if len(pending) - position - 2 < size:
                break
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None
            datagram = bytes(pending[position + 2 : position + 2 + size])
            position += 2 + size
            self._port._received(datagram, self)
        del pending[:position]
        self._port._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._port._closed(self)

    def write(self, buffer: bytearray, offset: int, sizes: list[int]) -> None:
        transport, counters = self._transport, self._port.counters
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self._port.buffer_bytes:
            counters.dropped_full += len(sizes)
            return
        framed = bytearray()
        for size in sizes:
            framed += size.to_bytes(2, "big")
            framed += buffer[offset : offset + size]
            offset += size
        transport.write(framed)
        counters.sent += len(sizes)

    def end(self) -> None:
        if self._transport is not None:
            self._transport.abort()
