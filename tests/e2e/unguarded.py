"""The server without one of its guards, for tests that must see the fault: python -m tests.e2e.unguarded."""

import os

from dispatch_server.cli import main
from dispatch_server.engine.loop import MediaLoop
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.peer import Peer

WHICH = "UNGUARDED"  # environment: the guard that is left out
SENDERS, QUEUE, PATH = "senders", "queue", "path"

guarded_deliver = MediaLoop._deliver
guarded_media = Peer._feed_media
kept: list[list[bytes]] = []


class Everybody:
    """Addresses that passed a check: all."""

    def __contains__(self, address: object) -> bool:
        return True


def deliver_from_anybody(loop: MediaLoop, datagrams: list[bytes], source: Address) -> None:
    """DTLS and media count wherever they come from."""
    if datagrams[0][0] < 4 or source in loop.book.by_address:
        guarded_deliver(loop, datagrams, source)
        return
    for peer in list(loop.peers.values()):
        peer.link.valid = Everybody()  # type: ignore[assignment]
        peer.feed(datagrams, source, loop._now)
        loop._dirty.add(peer)


def deliver_and_keep(loop: MediaLoop, datagrams: list[bytes], source: Address) -> None:
    """What nobody takes yet waits in a queue without an end."""
    if datagrams[0][0] >= 4 and source not in loop.book.by_address:
        kept.append(datagrams)
    guarded_deliver(loop, datagrams, source)


def follow_media(peer: Peer, datagrams: list[bytes], source: Address, now: float) -> None:
    """Media goes back to where media came from."""
    peer.link.destination = source
    guarded_media(peer, datagrams, source, now)


if __name__ == "__main__":
    match os.environ[WHICH]:
        case "senders":
            MediaLoop._deliver = deliver_from_anybody  # type: ignore[method-assign]
        case "queue":
            MediaLoop._deliver = deliver_and_keep  # type: ignore[method-assign]
        case "path":
            MediaLoop._deliver = deliver_from_anybody  # type: ignore[method-assign]
            Peer._feed_media = follow_media  # type: ignore[method-assign]
    main()
