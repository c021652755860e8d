"""Two links, a client and a server, driven against each other in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from dispatch_server.media.abilities import Candidate, Fingerprint
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link, LinkEvent, LinkLimits, LinkState
from dispatch_server.media.link.outbox import Address, Outbox
from tests.sim.lossy_link import LossyLink

UTC_US = 1_800_000_000_000_000
SERVER: Address = ("192.0.2.1", 8000)
CLIENT: Address = ("198.51.100.7", 40000)

Letter = tuple[bytes, Address, Address]  # datagram, from, to

_random = Random(20261123)
CLIENT_CONTEXT = DtlsContext(make_certificate(_random.randbytes, UTC_US))
SERVER_CONTEXT = DtlsContext(make_certificate(_random.randbytes, UTC_US))


def collecting_outbox() -> tuple[Outbox, list[tuple[bytes, Address]]]:
    """An outbox, and the list that its datagrams are spilled to."""
    letters: list[tuple[bytes, Address]] = []

    def spill(outbox: Outbox) -> None:
        for destination, offset, sizes in outbox.runs:
            for size in sizes:
                letters.append((bytes(outbox.buffer[offset : offset + size]), destination))
                offset += size

    return Outbox(spill), letters


@dataclass
class End:
    """A link with its outbox and everything that it has told."""

    link: Link
    outbox: Outbox
    letters: list[tuple[bytes, Address]]
    told: list[LinkEvent]

    def drain(self) -> list[tuple[bytes, Address]]:
        self.told += self.link.events
        self.link.events.clear()
        self.outbox.spill()
        letters = self.letters[:]
        self.letters.clear()
        return letters


@dataclass
class Pair:
    """`up` carries from client to server. The client's address may be changed at any time: it is its NAT's."""

    client: End
    server: End
    up: LossyLink[Letter]
    down: LossyLink[Letter]
    now: float = 1000.0
    client_address: Address = CLIENT
    server_address: Address = SERVER
    filter_up: Callable[[bytes], bool] = lambda datagram: True

    def step(self) -> bool:
        """Go to the next moment at which something happens; False when nothing ever will."""
        times = [self.up.due(), self.down.due(), self.client.link.deadline(), self.server.link.deadline()]
        due = min((time for time in times if time is not None), default=None)
        if due is None:
            return False
        self.now = max(self.now, due)
        for letter in self.up.receive(self.now):
            if letter[2] == self.server_address:
                self.server.link.feed(letter[0], letter[1], self.now)
        for letter in self.down.receive(self.now):
            if letter[2] == self.client_address:
                self.client.link.feed(letter[0], letter[1], self.now)
        for end in (self.client, self.server):
            deadline = end.link.deadline()
            if deadline is not None and deadline <= self.now:
                end.link.tick(self.now)
        self.post()
        return True

    def post(self) -> None:
        """Put what both ends have written on the wire."""
        for datagram, destination in self.client.drain():
            if self.filter_up(datagram):
                self.up.send((datagram, self.client_address, destination), self.now)
        for datagram, destination in self.server.drain():
            self.down.send((datagram, self.server_address, destination), self.now)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass until the condition holds; False when it did not within `seconds`."""
        end = self.now + seconds
        for _ in range(200_000):
            if until():
                return True
            times = [self.up.due(), self.down.due(), self.client.link.deadline(), self.server.link.deadline()]
            if not any(time is not None and time <= end for time in times):
                self.now = end
                return until()
            self.step()
        raise AssertionError("the two links never come to rest")

    def connect(self, seconds: float = 20.0) -> bool:
        return self.run(seconds, self.connected)

    def connected(self) -> bool:
        return self.client.link.state is LinkState.CONNECTED and self.server.link.state is LinkState.CONNECTED


def make_pair(
    *,
    up: LossyLink[Letter] | None = None,
    down: LossyLink[Letter] | None = None,
    seed: int = 1,
    limits: LinkLimits | None = None,
    server_is_dtls_client: bool = False,
    client_fingerprints: tuple[Fingerprint, ...] | None = None,
    server_fingerprints: tuple[Fingerprint, ...] | None = None,
    candidates: tuple[Candidate, ...] = (Candidate(SERVER[0], SERVER[1]),),
) -> Pair:
    """
    A client and a server that know of each other what a description would have told them.

    `client_fingerprints` is what the server was told of the client, and the other way round.
    """
    random = Random(seed).randbytes
    client_credentials, server_credentials = make_credentials(random), make_credentials(random)

    def make_end(controlling: bool) -> End:
        outbox, letters = collecting_outbox()
        told_client = client_fingerprints or (CLIENT_CONTEXT.certificate.fingerprint,)
        told_server = server_fingerprints or (SERVER_CONTEXT.certificate.fingerprint,)
        link = Link(
            local=client_credentials if controlling else server_credentials,
            remote=server_credentials if controlling else client_credentials,
            fingerprints=told_server if controlling else told_client,
            dtls_client=controlling is not server_is_dtls_client,
            context=CLIENT_CONTEXT if controlling else SERVER_CONTEXT,
            outbox=outbox,
            random=random,
            controlling=controlling,
            remote_candidates=candidates if controlling else (),
            limits=limits,
        )
        return End(link, outbox, letters, [])

    return Pair(make_end(True), make_end(False), up or LossyLink(), down or LossyLink())
