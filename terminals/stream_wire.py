"""The same wire over TCP, for networks that block UDP: active ICE-TCP (RFC 6544) with RFC 4571 framing."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Candidate
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.peer import PeerEvent
from terminals import world
from terminals.framing import Unframer, frame
from terminals.pump import Pump

CONNECT_S = 5.0
# What may wait to be written: at 2 Mbit/s a second. Above it packets are dropped, as a full socket does.
WAITING_BYTES = 256 * 1024


class StreamWire(Pump):
    """`await StreamWire.open(candidate, …)`, then as a Wire. When the connection ends, the peer is told at once."""

    transport: ClassVar[str] = "tcp"

    def __init__(self, candidate: Candidate, on_event: Callable[[PeerEvent], None]) -> None:
        super().__init__(self._spill, on_event)
        self.dropped_full = 0
        self._address: Address = (candidate.host, candidate.port, "tcp")
        self._connection: _Connection | None = None
        self._connecting: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, candidate: Candidate, host: str, on_event: Callable[[PeerEvent], None]) -> "StreamWire":
        """Raises OSError or TimeoutError when there is no connection."""
        wire = cls(candidate, on_event)
        await wire._connect(host)
        return wire

    def rebind(self, host: str) -> None:
        """Another connection, unless one is being made."""
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.ensure_future(self._connect_again(host))

    def close(self) -> None:
        super().close()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.end()
            self._connection = None

    async def _connect(self, host: str) -> None:
        local = None if host in ("0.0.0.0", "::") else (host, 0)  # noqa: S104
        async with asyncio.timeout(CONNECT_S):
            _, connection = await self._loop.create_connection(
                lambda: _Connection(self), self._address[0], self._address[1], local_addr=local
            )
        earlier, self._connection = self._connection, connection
        if earlier is not None:
            earlier.end()

    async def _connect_again(self, host: str) -> None:
        try:
            await self._connect(host)
        except OSError:  # TimeoutError is one
            return
        self.check_now()

    def _spill(self, outbox: Outbox) -> None:
        for destination, offset, sizes in outbox.runs:
            connection = self._connection if destination == self._address else None
            if connection is None or not connection.write(frame(outbox.buffer, offset, sizes)):
                self.dropped_full += len(sizes)

    def received(self, datagrams: list[bytes]) -> None:
        now = world.monotonic()
        for datagram in datagrams:
            self.delivered([datagram], self._address, now)
        self.finish(now)

    def ended(self, connection: "_Connection") -> None:
        """The current connection is gone: nothing can be sent until the next one."""
        if connection is self._connection:
            self._connection = None
            now = world.monotonic()
            if self.peer is not None:
                self.peer.link.address_lost(self._address, now)
                self.peer.tick(now)
                self.finish(now)


class _Connection(asyncio.Protocol):
    def __init__(self, wire: StreamWire) -> None:
        self._wire = wire
        self._unframer = Unframer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=WAITING_BYTES)

    def data_received(self, data: bytes) -> None:
        try:
            datagrams = self._unframer.push(data)
        except MalformedPacket:
            self.end()
            return
        if datagrams:
            self._wire.received(datagrams)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.ended(self)

    def write(self, framed: bytes) -> bool:
        """Whether it was taken."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > WAITING_BYTES:
            return False
        transport.write(framed)
        return True

    def end(self) -> None:
        """What was written before still goes out: the goodbye, too."""
        if self._transport is not None:
            self._transport.close()
