"""What a terminal's wires share: a peer in the client role, fed, ticked, flushed and listened to."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from dispatch_server.media.abilities import Candidate, IceCredentials, SessionPlan
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link, LinkLimits
from dispatch_server.media.link.outbox import Address, Outbox, Spill
from dispatch_server.media.link.states import LinkState
from dispatch_server.media.peer import Peer, PeerEvent
from terminals import world

ARENA_BYTES = 64 * 1024
SHORTEST_TIMER_S = 0.005


class Pump(ABC):
    """A wire is a pump with a socket: it calls `delivered`, and gives the spill that the outbox writes to."""

    transport: ClassVar[str]  # of the candidates that it can reach

    def __init__(self, spill: Spill, on_event: Callable[[PeerEvent], None]) -> None:
        self.peer: Peer | None = None
        self.heard_at = world.monotonic()  # when the server was last heard
        self._outbox = Outbox(spill, ARENA_BYTES)
        self._on_event = on_event
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def begin(
        self, plan: SessionPlan, local: IceCredentials, context: DtlsContext, limits: LinkLimits | None = None
    ) -> Peer:
        """Start the checks of a negotiated session towards the candidates that this wire can reach."""
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
            remote_candidates=reachable(plan, self.transport),
        )
        self.peer = Peer("terminal", plan, link, self._outbox, world.chance, utc_us_at)
        self._tick()
        return self.peer

    @property
    def untouched(self) -> bool:
        """No address has answered: the session can still be begun over another wire."""
        return self.peer is None or self.peer.link.state is LinkState.NEW

    def send(self) -> None:
        """Put what the down tracks have written on the wire."""
        self._outbox.spill()

    @abstractmethod
    def rebind(self, host: str) -> None:
        """Another local socket, as after a change of network; the session goes on."""

    def check_now(self) -> None:
        """Ask the server's addresses at once."""
        if self.peer is not None:
            self.peer.link.check_now(world.monotonic())
            self._outbox.spill()

    def delivered(self, datagrams: Sequence[bytes], source: Address, now: float) -> None:
        """Datagrams have come back to back from one source."""
        peer = self.peer
        if peer is None:
            return
        self.heard_at = now
        peer.feed(datagrams, source, now)
        if datagrams[-1][0] >= 128:
            # The server reports ten times a second; when that stops, a check tells it of our new address (RFC 7675).
            peer.link.heard(now)

    def finish(self, now: float) -> None:
        """After a batch: send what is to be sent, tell what happened."""
        peer = self.peer
        if peer is None:
            return
        peer.flush(now)
        if peer.next_due <= now:  # an answer calls for the next question at once
            peer.tick(now)
        self._outbox.spill()
        events = peer.events[:]
        peer.events.clear()
        for event in events:
            self._on_event(event)

    def close(self) -> None:
        """Say goodbye where there is somebody to hear it."""
        if self.peer is not None:
            self.peer.close(world.monotonic())
            self._outbox.spill()
            self.peer = None
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        peer = self.peer
        if peer is None:
            return
        now = world.monotonic()
        self.finish(now)
        if self.peer is not None:
            wait = max(SHORTEST_TIMER_S, peer.next_due - world.monotonic())
            self._timer = self._loop.call_later(wait, self._tick)


def reachable(plan: SessionPlan, transport: str) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate in plan.remote_candidates if candidate.transport == transport)


def utc_us_at(now: float) -> int:
    return world.utc_us() + int((now - world.monotonic()) * 1_000_000)
