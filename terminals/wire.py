"""One terminal's UDP socket around a peer in the client role."""

from collections.abc import Callable
from typing import ClassVar

from dispatch_server.engine.udp import UdpPort
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.peer import PeerEvent
from terminals import world
from terminals.pump import Pump

BATCH_DATAGRAMS = 64
SOCKET_BYTES = 1024 * 1024


class Wire(Pump):
    """Feeds what comes to the peer, and tells the owner what the peer says."""

    transport: ClassVar[str] = "udp"

    def __init__(self, host: str, on_event: Callable[[PeerEvent], None]) -> None:
        self._udp = UdpPort(host, 0, buffer_bytes=SOCKET_BYTES).open()
        super().__init__(self._udp.send, on_event)
        self._loop.add_reader(self._udp.socket, self._readable)

    def rebind(self, host: str) -> None:
        """Raises OSError, and keeps the old socket, while there is no such local address."""
        fresh = UdpPort(host, 0, buffer_bytes=SOCKET_BYTES).open()
        self._loop.remove_reader(self._udp.socket)
        self._udp.close()
        self._udp = fresh
        self._outbox.spill_to = fresh.send
        self._loop.add_reader(fresh.socket, self._readable)
        self.check_now()

    def close(self) -> None:
        super().close()
        self._loop.remove_reader(self._udp.socket)
        self._udp.close()

    def _readable(self) -> None:
        now = world.monotonic()

        def deliver(datagrams: list[bytes], source: Address) -> None:
            self.delivered(datagrams, source, now)

        self._udp.receive(deliver, BATCH_DATAGRAMS)
        self.finish(now)
