"""One terminal's UDP socket around a peer in the client role."""

import asyncio
from collections.abc import Callable

from dispatch_server.engine.udp import UdpPort
from dispatch_server.media.abilities import IceCredentials, SessionPlan
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link, LinkLimits
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.peer import Peer, PeerEvent
from terminals import world

BATCH_DATAGRAMS = 64
SOCKET_BYTES = 1024 * 1024
ARENA_BYTES = 64 * 1024


class Wire:
    """Opens towards the server's candidates, feeds what comes, and tells the owner what the peer says."""

    def __init__(self, host: str, on_event: Callable[[PeerEvent], None]) -> None:
        self._udp = UdpPort(host, 0, buffer_bytes=SOCKET_BYTES).open()
        self._outbox = Outbox(self._udp.send, ARENA_BYTES)
        self._on_event = on_event
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.peer: Peer | None = None

    def begin(
        self,
        plan: SessionPlan,
        local: IceCredentials,
        context: DtlsContext,
        limits: LinkLimits | None = None,
    ) -> Peer:
        """Start the checks of a negotiated session."""
        link = Link(
            local=local,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=context,
            outbox=self._outbox,
            random=world.chance,
            limits=limits or LinkLimits(),
            controlling=True,
            remote_candidates=plan.remote_candidates,
        )
        self.peer = Peer("terminal", plan, link, self._outbox, world.chance, self._utc_us)
        self._loop.add_reader(self._udp.socket, self._readable)
        self._tick()
        return self.peer

    def send(self) -> None:
        """Put what the down tracks have written on the wire."""
        self._outbox.spill()

    def rebind(self, host: str) -> None:
        """Another local socket, as after a change of network; the session goes on."""
        self._loop.remove_reader(self._udp.socket)
        self._udp.close()
        self._udp = UdpPort(host, 0, buffer_bytes=SOCKET_BYTES).open()
        self._outbox.spill_to = self._udp.send
        self._loop.add_reader(self._udp.socket, self._readable)
        if self.peer is not None:
            self.peer.link.check_now(world.monotonic())
            self._outbox.spill()

    def close(self) -> None:
        if self.peer is not None:
            self.peer.close(world.monotonic())
            self._outbox.spill()
            self._loop.remove_reader(self._udp.socket)
        if self._timer is not None:
            self._timer.cancel()
        self._udp.close()

    def _utc_us(self, now: float) -> int:
        return world.utc_us() + int((now - world.monotonic()) * 1_000_000)

    def _readable(self) -> None:
        now = world.monotonic()

        def deliver(datagrams: list[bytes], source: Address) -> None:
            if self.peer is not None:
                self.peer.feed(datagrams, source, now)

        self._udp.receive(deliver, BATCH_DATAGRAMS)
        self._finish(now)

    def _tick(self) -> None:
        peer = self.peer
        if peer is None:
            return
        now = world.monotonic()
        if peer.next_due <= now:
            peer.tick(now)
        self._finish(now)
        self._timer = self._loop.call_later(max(0.005, peer.next_due - world.monotonic()), self._tick)

    def _finish(self, now: float) -> None:
        peer = self.peer
        if peer is None:
            return
        peer.flush(now)
        self._outbox.spill()
        events = peer.events[:]
        peer.events.clear()
        for event in events:
            self._on_event(event)
