"""The engine without sockets and clocks: CPU for each packet handled, one publisher to N viewers, with encryption."""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.media.abilities import Candidate, IceCredentials, Layer, LocalTransport, SessionPlan
from dispatch_server.media.events import TrackArrived
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link
from dispatch_server.media.link.outbox import Outbox
from dispatch_server.media.negotiate import (
    answer_publish,
    answer_watch,
    offer_publish,
    offer_watch,
    read_publish_answer,
    read_watch_answer,
)
from dispatch_server.media.peer import Peer
from dispatch_server.media.rate_guard import PeerLimits
from dispatch_server.media.router import Router
from terminals.local_source import LocalSource

SERVER = ("10.0.0.1", 1)
PACKETS_A_FRAME = 7
LIMITS = PeerLimits(publisher_kbps=10_000_000, packets_per_s=10_000_000)


@dataclass(slots=True)
class End:
    """One end of a session and the datagrams that it has written."""

    peer: Peer
    outbox: Outbox
    sent: list[bytes]


class Bench:
    """A server's peers and their clients, joined in memory."""

    def __init__(self) -> None:
        self.context = DtlsContext(make_certificate(os.urandom, 1_700_000_000_000_000))
        self.router = Router()
        self.now = 1.0

    def end(self, plan: SessionPlan, local: IceCredentials, controlling: bool) -> End:
        sent: list[bytes] = []

        def spill(outbox: Outbox) -> None:
            for _, offset, sizes in outbox.runs:
                for size in sizes:
                    sent.append(bytes(outbox.buffer[offset : offset + size]))
                    offset += size

        outbox = Outbox(spill)
        link = Link(
            local=local,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=self.context,
            outbox=outbox,
            random=os.urandom,
            controlling=controlling,
            remote_candidates=plan.remote_candidates,
        )
        peer = Peer("p", plan, link, outbox, os.urandom, lambda now: int(now * 1e6), LIMITS)
        return End(peer, outbox, sent)

    def local(self, lite: bool) -> LocalTransport:
        places = (Candidate(*SERVER),) if lite else ()
        credentials = make_credentials(os.urandom)
        return LocalTransport(credentials, self.context.certificate.fingerprint, places, ice_lite=lite)

    def join(self, server: End, client: End, address: tuple[str, int]) -> None:
        """Exchange datagrams until both are connected."""
        for _ in range(200):
            self.now += 0.01
            for end in (server, client):
                end.peer.tick(self.now)
                end.outbox.spill()
            for source, target, place in ((client, server, address), (server, client, SERVER)):
                for datagram in source.sent:
                    target.peer.feed([datagram], place, self.now)
                source.sent.clear()
                target.outbox.spill()
            if server.peer.link.srtp is not None and client.peer.link.srtp is not None:
                return
        raise RuntimeError("no connection")

    def publisher(self) -> tuple[End, End]:
        mine, theirs = self.local(True), self.local(False)
        ssrcs = (int.from_bytes(os.urandom(4), "big") | 1 for _ in itertools.count())
        offer = offer_publish(theirs, with_sub=False, with_sound=False, ssrcs=ssrcs)
        plan, answer = answer_publish(offer, mine)
        server = self.end(plan, mine.credentials, False)
        client = self.end(read_publish_answer(offer, answer), theirs.credentials, True)
        self.join(server, client, ("10.0.0.2", 2))
        return server, client

    def viewer(self, number: int) -> End:
        mine, theirs = self.local(True), self.local(False)
        offer = offer_watch(theirs)
        ssrcs = (int.from_bytes(os.urandom(4), "big") | 1 for _ in itertools.count())
        plan, answer = answer_watch(offer, mine, {Layer.MAIN}, ssrcs)
        server = self.end(plan, mine.credentials, False)
        client = self.end(read_watch_answer(offer, answer), theirs.credentials, True)
        self.join(server, client, ("10.1.0.1", number))
        self.router.watch("s", f"v{number}", server.peer.down_tracks, Layer.MAIN)
        self.router.viewer_ready("s", f"v{number}", self.now)
        return server


def encrypted_frames(client: End, count: int, now: float) -> list[list[bytes]]:
    """What a publisher sends, ready to be fed: so many frames of seven packets."""
    track = client.peer.down_tracks[0]
    source = LocalSource(90_000, 0)
    frames = []
    for number in range(count):
        head = b"\x65" if number % 50 == 0 else b"\x41"
        payloads = [(head + os.urandom(1150), False)] * (PACKETS_A_FRAME - 1) + [(head + os.urandom(500), True)]
        packets = source.number(payloads, number * 3600, number % 50 == 0, now)
        if track.rewrite.epoch is None:
            track.begin(source, packets[0], now)
        track.forward(packets, now)
        client.outbox.spill()
        frames.append(client.sent[:])
        client.sent.clear()
    return frames


def measure(viewers: int, frames: int = 400) -> float:
    """Microseconds of CPU for each packet handled, in or out."""
    bench = Bench()
    server, client = bench.publisher()
    data = encrypted_frames(client, frames + 1, bench.now)
    server.sent.clear()
    deliver(bench, server, data[0])
    for event in server.peer.events:
        if isinstance(event, TrackArrived):
            bench.router.track_arrived("s", event.track, bench.now)
    watching = [bench.viewer(number) for number in range(viewers)]
    quiet = Outbox(lambda outbox: None)
    server.peer.outbox = quiet
    for end in watching:
        end.peer.outbox = quiet
        for track in end.peer.down_tracks:
            track._outbox = quiet
    begun = time.process_time()
    for frame in data[1:]:
        bench.now += 0.04
        deliver(bench, server, frame)
        quiet.spill()
    spent = time.process_time() - begun
    return spent / (frames * PACKETS_A_FRAME * (1 + viewers)) * 1e6


def deliver(bench: Bench, server: End, frame: list[bytes]) -> None:
    server.peer.feed(frame, ("10.0.0.2", 2), bench.now)
    server.peer.flush(bench.now)


def best_of(times: int, call: Callable[[], float]) -> float:
    return min(call() for _ in range(times))


if __name__ == "__main__":
    import sys

    for count in (0, 1, 10, 100):
        sys.stdout.write(f"1→{count}: {best_of(3, lambda n=count: measure(n)):.2f} µs\n")
