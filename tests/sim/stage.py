"""A node's peers and router with publishers and viewers beside them, joined by bad links, in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from dispatch_server.media.abilities import Candidate, IceCredentials, Layer, LocalTransport, SessionPlan
from dispatch_server.media.events import PictureWanted, TrackArrived
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link, LinkState
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.states import LinkConnected
from dispatch_server.media.negotiate import (
    answer_publish,
    answer_watch,
    offer_publish,
    offer_watch,
    read_publish_answer,
    read_watch_answer,
)
from dispatch_server.media.peer import Peer, PeerEvent
from dispatch_server.media.router import Router
from tests.sim.cast import Camera, Screen
from tests.sim.lossy_link import LossyLink
from tests.sim.pair import CLIENT_CONTEXT, SERVER, SERVER_CONTEXT, UTC_US, collecting_outbox

STREAM = "stream"
TURNS = 100_000


@dataclass(slots=True, eq=False)
class End:
    """One peer and what it has written."""

    peer: Peer
    outbox: Outbox
    letters: list[tuple[bytes, Address]]
    told: list[PeerEvent] = field(default_factory=list)

    def drain(self) -> list[tuple[bytes, Address]]:
        self.outbox.spill()
        letters = self.letters[:]
        self.letters.clear()
        return letters


@dataclass(slots=True, eq=False)
class Session:
    """A client, its peer at the server, and the network between them; `up` is towards the server."""

    name: str
    server: End
    client: End
    address: Address
    up: LossyLink[bytes]
    down: LossyLink[bytes]
    camera: Camera | None = None
    screen: Screen | None = None

    @property
    def connected(self) -> bool:
        return all(end.peer.link.state is LinkState.CONNECTED for end in (self.server, self.client))


class Stage:
    """`publish` and `watch` open sessions, `run` lets time pass."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 1000.0
        self.router = Router()
        self.sessions: list[Session] = []
        self._random = Random(seed).randbytes
        self._numbers = count(1)

    def utc_us(self, now: float) -> int:
        return UTC_US + int(now * 1_000_000)

    def publish(self, *, with_sub: bool = False, with_sound: bool = True, **links: LossyLink[bytes]) -> Session:
        """A camera that begins to send as soon as it is connected."""
        mine, theirs = self._local(True), self._local(False)
        offer = offer_publish(theirs, with_sub=with_sub, with_sound=with_sound, ssrcs=iter(self._ssrc, 0))
        plan, answer = answer_publish(offer, mine)
        session = self._open("p", plan, mine, read_publish_answer(offer, answer), theirs, **links)
        session.camera = Camera(session.client.peer.down_tracks, self.utc_us(0.0))
        return session

    def watch(self, layer: Layer | None = Layer.MAIN, **links: LossyLink[bytes]) -> Session:
        mine, theirs = self._local(True), self._local(False)
        offer = offer_watch(theirs)
        available = self.router.layers(STREAM) or {Layer.MAIN, Layer.SOUND}
        plan, answer = answer_watch(offer, mine, available, iter(self._ssrc, 0))
        session = self._open("v", plan, mine, read_watch_answer(offer, answer), theirs, **links)
        session.screen = Screen()
        self.router.watch(STREAM, session.name, session.server.peer.down_tracks, layer)
        return session

    def leave(self, session: Session) -> None:
        """The server ends a session."""
        self.sessions.remove(session)
        for track in session.server.peer.up_tracks:
            self.router.track_left(STREAM, track)
        if session.screen is not None:
            self.router.leave(STREAM, session.name)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass until the condition holds; False when it did not within `seconds`."""
        end = self.now + seconds
        for _ in range(TURNS):
            if self.now >= end or until():
                break
            dues = [due for session in self.sessions for due in self._dues(session)]
            self.now = min(end, max(self.now, min(dues)))
            self._turn()
        else:
            raise AssertionError("time stands still")
        return until()

    # -- inside --------------------------------------------------------------------------------------------------

    def _ssrc(self) -> int:
        return int.from_bytes(self._random(4), "big") | 1

    def _local(self, lite: bool) -> LocalTransport:
        context = SERVER_CONTEXT if lite else CLIENT_CONTEXT
        places = (Candidate(SERVER[0], SERVER[1]),) if lite else ()
        return LocalTransport(make_credentials(self._random), context.certificate.fingerprint, places, ice_lite=lite)

    def _open(
        self,
        letter: str,
        plan: SessionPlan,
        mine: LocalTransport,
        their_plan: SessionPlan,
        theirs: LocalTransport,
        up: LossyLink[bytes] | None = None,
        down: LossyLink[bytes] | None = None,
    ) -> Session:
        number = next(self._numbers)
        server = self._end(f"{letter}{number}", plan, mine.credentials, SERVER_CONTEXT, False)
        client = self._end(f"{letter}{number}", their_plan, theirs.credentials, CLIENT_CONTEXT, True)
        up, down = up or LossyLink(delay_s=0.01), down or LossyLink(delay_s=0.01)
        session = Session(server.peer.identity, server, client, (f"198.51.100.{number}", 40_000), up, down)
        self.sessions.append(session)
        return session

    def _end(self, name: str, plan: SessionPlan, local: IceCredentials, context: DtlsContext, controlling: bool) -> End:
        outbox, letters = collecting_outbox()
        link = Link(
            local=local,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=context,
            outbox=outbox,
            random=self._random,
            controlling=controlling,
            remote_candidates=plan.remote_candidates,
        )
        return End(Peer(name, plan, link, outbox, self._random, self.utc_us), outbox, letters)

    @staticmethod
    def _dues(session: Session) -> list[float]:
        dues = [session.up.due(), session.down.due(), session.server.peer.next_due, session.client.peer.next_due]
        if session.camera is not None and session.camera.started is not None:
            dues.append(session.camera.due())
        return [due for due in dues if due is not None]

    def _turn(self) -> None:
        """What the loops of a node, of a terminal and of a browser do at one moment."""
        now = self.now
        for session in self.sessions:
            for datagram in session.up.receive(now):
                session.server.peer.feed([datagram], session.address, now)
            for datagram in session.down.receive(now):
                session.client.peer.feed([datagram], SERVER, now)
                if datagram[0] >= 128:
                    session.client.peer.link.heard(now)
            if session.camera is not None and (session.connected or session.camera.started is not None):
                session.camera.shoot(now)  # what cannot be sent is not kept
            for end in (session.server, session.client):
                if end.peer.next_due <= now:
                    end.peer.tick(now)
        for session in list(self.sessions):
            self._finish(session, session.server, self._tell_server)
            self._finish(session, session.client, self._tell_client)
        for session in self.sessions:
            for datagram, _ in session.client.drain():
                session.up.send(datagram, now)
            for datagram, _ in session.server.drain():
                session.down.send(datagram, now)

    def _finish(self, session: Session, end: End, tell: Callable[[Session, PeerEvent], None]) -> None:
        for _ in range(2):
            events = end.peer.events[:]
            end.peer.events.clear()
            end.told += events
            for event in events:
                tell(session, event)
            end.peer.flush(self.now)

    def _tell_server(self, session: Session, event: PeerEvent) -> None:
        """As engine/port.py does."""
        if isinstance(event, TrackArrived):
            self.router.track_arrived(STREAM, event.track, self.now)
        elif isinstance(event, PictureWanted):
            self.router.picture_wanted(STREAM, session.name)
        elif isinstance(event, LinkConnected) and session.screen is not None:
            self.router.viewer_ready(STREAM, session.name, self.now)

    @staticmethod
    def _tell_client(session: Session, event: PeerEvent) -> None:
        if isinstance(event, PictureWanted) and session.camera is not None:
            session.camera.key_wanted.add(event.track.plan.layer)
        elif isinstance(event, TrackArrived) and session.screen is not None:
            event.track.add_frame_sink(session.screen)
