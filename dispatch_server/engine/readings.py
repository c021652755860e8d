"""The media side's counters as /metrics shows them; collected only when somebody asks."""

from collections import Counter
from collections.abc import Iterable

from dispatch_server.engine.loop import MediaLoop
from dispatch_server.media.peer import Peer
from dispatch_server.runtime.counters import Reading


class EndedDrops:
    """Drops of peers that are gone, so that the sum only grows."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()

    def take(self, peer: Peer) -> None:
        self.total.update(peer.drops)
        self.total.update(peer.link.drops)


def readings_of(loop: MediaLoop, peers: Iterable[Peer], ended: EndedDrops) -> list[Reading]:
    """Datagrams, drops by reason, turns of the loop."""
    udp, tcp, drops = loop.udp.counters, loop.tcp.counters, Counter(ended.total)
    for peer in peers:
        drops.update(peer.drops)
        drops.update(peer.link.drops)
    drops["unknown sender"] += loop.book.unknown
    drops["datagram of no possible size"] += udp.too_long
    drops["send buffer full"] += udp.dropped_full
    drops["TCP connection too slow"] += tcp.dropped_full
    drops["TCP connection refused"] += tcp.refused
    return [
        Reading("media_datagrams_received", udp.received + tcp.received, "Datagrams taken from the media ports."),
        Reading("media_datagrams_sent", udp.sent + tcp.sent, "Datagrams sent."),
        Reading("media_socket_reads", udp.reads, "Reads of the UDP socket."),
        Reading("media_socket_writes", udp.writes, "Writes to the UDP socket."),
        Reading("media_loop_turns", loop.counters.turns, "Batches handled."),
        Reading("media_loop_failures", loop.counters.failures, "Batches that ended in an unexpected error."),
        Reading("media_loop_longest_tick_seconds", loop.counters.longest_turn_s, "Longest tick.", {}, "gauge"),
        Reading("media_peers", len(loop.peers), "Remote ends at present.", {}, "gauge"),
        *(
            Reading("media_dropped", count, "Media datagrams dropped, by reason.", {"reason": reason})
            for reason, count in sorted(drops.items())
        ),
    ]
