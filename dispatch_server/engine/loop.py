"""Feeds what the sockets have, flushes once, sends once, arms one timer: the only caller of the media engine."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from dispatch_server.engine.address_book import AddressBook
from dispatch_server.engine.tcp import TcpPort
from dispatch_server.engine.udp import UdpPort
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.peer import Peer, PeerEvent
from dispatch_server.runtime.guard import isolating
from dispatch_server.settings import MediaSettings

TICK_S = 0.02
# So many datagrams at one wake-up mean load: the socket is then read by a timer, and one wake-up serves many.
BUSY_DATAGRAMS = 2
IDLE_POLLS = 3
CROWDED_DATAGRAMS = 8  # at one wake-up: the next one may come later and serve more
PORT_TRIES = 20


class Clock(Protocol):
    """The part of runtime/world.py that the engine needs."""

    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...


@dataclass(slots=True)
class LoopCounters:
    turns: int = 0
    failures: int = 0  # a packet that ended in an exception that nobody expected
    longest_turn_s: float = 0.0


class MediaLoop:
    """All peers of a node on the running asyncio loop."""

    def __init__(
        self,
        settings: MediaSettings,
        clock: Clock,
        on_event: Callable[[Peer, PeerEvent, float], None],
        report: Callable[[str, BaseException], None],
    ) -> None:
        self.udp = UdpPort(
            settings.host, settings.udp_port, batching=settings.batching, buffer_bytes=settings.socket_buffer_bytes
        )
        self.tcp = TcpPort(
            self._deliver_tcp,
            self._wake,
            self._tcp_ended,
            most=settings.tcp_connections,
            buffer_bytes=settings.tcp_buffer_bytes,
        )
        self._settings = settings
        self._poll_s = settings.drain_interval_ms / 1000
        self.book, self.peers = AddressBook(), dict[str, Peer]()
        self.outbox = Outbox(self._spill)
        self.counters = LoopCounters()
        self._clock = clock
        self._on_event = on_event
        self._now = clock.monotonic()
        self._utc_offset_us = 0
        self._dirty: set[Peer] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._poll: asyncio.TimerHandle | None = None
        self._idle_polls = 0
        self._woken = False
        self._taken = 0
        self._report = report
        # What fails is lost with the rest of its batch, which came from the same source.
        self._delivered = isolating(self._deliver, self._failed)
        self._received = isolating(self._receive, self._failed)
        self._ticked = isolating(Peer.tick, self._failed)
        self._flushed = isolating(self._flush, self._failed)
        self._told = isolating(on_event, self._failed)

    def utc_us(self, now: float) -> int:
        """Server UTC at a monotonic time."""
        return int(now * 1_000_000) + self._utc_offset_us

    async def open(self) -> None:
        """Begin on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._set_clock()
        await self._bind()
        self._loop.add_reader(self.udp.socket, self._readable)
        self._timer = self._loop.call_later(TICK_S, self._ticked_again)

    async def _bind(self) -> None:
        """Both ports. Where the settings leave them to chance they have the same number: one hole in a firewall."""
        settings = self._settings
        for left in reversed(range(PORT_TRIES)):
            self.udp.open()
            if not settings.tcp_enabled:
                return
            try:
                await self.tcp.open(settings.host, settings.tcp_port or self.udp.port)
                return
            except OSError:  # a number that is free for UDP may be taken for TCP
                self.udp.close()
                if settings.udp_port or settings.tcp_port or not left:
                    raise

    async def close(self) -> None:
        """Say goodbye to everybody and let go of the sockets."""
        now = self._clock.monotonic()
        for peer in list(self.peers.values()):
            peer.close(now)
        self.outbox.spill()
        for handle in (self._timer, self._poll):
            if handle is not None:
                handle.cancel()
        if self._loop is not None:
            self._loop.remove_reader(self.udp.socket)
        await self.tcp.close()
        self.udp.close()

    def add(self, peer: Peer, ufrag: str) -> None:
        self.peers[peer.identity] = peer
        self.book.enter(ufrag, peer)

    def remove(self, peer: Peer) -> None:
        self.peers.pop(peer.identity, None)
        self._dirty.discard(peer)
        for address in self.book.withdraw(peer):
            if len(address) == 3:
                self.tcp.forget(address)

    def after_change(self) -> None:
        """Send what a command outside a batch has put into the outbox."""
        self._finish(self._clock.monotonic())

    # -- turns ---------------------------------------------------------------------------------------------------

    def _readable(self) -> None:
        taken = self.turn()
        if taken >= BUSY_DATAGRAMS and self._loop is not None:
            self._loop.remove_reader(self.udp.socket)
            self._idle_polls = 0
            self._poll = self._loop.call_later(self._pause_s(taken), self._polled)

    def _polled(self) -> None:
        assert self._loop is not None
        taken = self.turn()
        self._idle_polls = 0 if taken else self._idle_polls + 1
        if self._idle_polls >= IDLE_POLLS:
            self._poll = None
            self._loop.add_reader(self.udp.socket, self._readable)
        else:
            self._poll = self._loop.call_later(self._pause_s(taken), self._polled)

    def _pause_s(self, taken: int) -> float:
        return 2 * self._poll_s if taken >= CROWDED_DATAGRAMS else self._poll_s

    def turn(self) -> int:
        """Take what the socket has; how many datagrams it was."""
        self._now = now = self._clock.monotonic()
        self._taken = 0
        self._received()
        self._finish(now)
        self.counters.turns += 1
        return self._taken

    def _receive(self) -> None:
        self._taken = BUSY_DATAGRAMS  # should it fail: there may be more
        self._taken = self.udp.receive(self._deliver, self._settings.batch_datagrams)

    def _ticked_again(self) -> None:
        assert self._loop is not None
        self._timer = self._loop.call_later(TICK_S, self._ticked_again)
        self.tick()

    def tick(self) -> None:
        """Let everybody do what is due."""
        now = self._clock.monotonic()
        self._set_clock()
        for peer in list(self.peers.values()):
            if peer.next_due <= now:
                self._ticked(peer, now)
                if peer.events:
                    self._dirty.add(peer)
        self._finish(now)
        self.counters.longest_turn_s = max(self.counters.longest_turn_s, self._clock.monotonic() - now)

    def _finish(self, now: float) -> None:
        """Flush, tell, send: once a batch."""
        while self._dirty:
            self._flushed(now)
        self.outbox.spill()

    def _flush(self, now: float) -> None:
        dirty = self._dirty
        while dirty:
            peer = dirty.pop()
            if peer.events:
                self.outbox.spill()  # the end of a handshake leaves before the pictures that it begins
                self._tell(peer, now)
            peer.flush(now)
            if peer.events:
                self._tell(peer, now)

    def _tell(self, peer: Peer, now: float) -> None:
        events = peer.events[:]
        peer.events.clear()
        for event in events:
            self._told(peer, event, now)

    def _deliver(self, datagrams: list[bytes], source: Address) -> None:
        """One batch from one source. An address that was checked carries media: no user name to look up."""
        book, now = self.book, self._now
        first = datagrams[0]
        if first[0] >= 4:
            peer = book.by_address.get(source)
            if peer is None:
                book.unknown += len(datagrams)
                return
            peer.feed(datagrams, source, now)
            self._dirty.add(peer)
            return
        for datagram in datagrams:
            peer = book.of(datagram, source)
            if peer is not None:
                peer.feed([datagram], source, now)
                book.learn(source, peer)
                self._dirty.add(peer)

    def _deliver_tcp(self, datagram: bytes, source: Address) -> None:
        self._now = self._clock.monotonic()
        self._delivered([datagram], source)

    def _tcp_ended(self, address: Address) -> None:
        peer = self.book.by_address.pop(address, None)
        if peer is not None:
            peer.address_lost(address, self._clock.monotonic())
            self._dirty.add(peer)
            self._wake()

    def _wake(self) -> None:
        if not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon(self._woke)

    def _woke(self) -> None:
        self._woken = False
        self._finish(self._clock.monotonic())

    def _spill(self, outbox: Outbox) -> None:
        self.udp.send(outbox)
        if self.tcp.has_connections:
            self.tcp.send(outbox)

    def _set_clock(self) -> None:
        self._utc_offset_us = self._clock.utc_us() - int(self._clock.monotonic() * 1_000_000)

    def _failed(self, error: BaseException) -> None:
        self.counters.failures += 1
        self._report("media.unexpected", error)
