"""The engine's face to the slices: sessions by id, descriptions in and out as text, events told to a listener."""

import asyncio
from collections.abc import Callable

from dispatch_server.engine.addresses import announced, candidates
from dispatch_server.engine.figures import Figures
from dispatch_server.engine.loop import Clock, MediaLoop
from dispatch_server.engine.readings import EndedDrops, readings_of
from dispatch_server.engine.session import Listener, Session, Silent, StreamNotOnAir, TooManySessions
from dispatch_server.media.abilities import Candidate, IceCredentials, Layer, LocalTransport, SessionPlan
from dispatch_server.media.events import PictureWanted, PublisherOverLimit, TrackArrived
from dispatch_server.media.figures import Answered, SessionFigures, StreamFigures
from dispatch_server.media.link.certificate import NodeCertificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.link import Link, LinkLimits
from dispatch_server.media.link.states import LinkClosed, LinkConnected, LinkFailed, LinkResumed, LinkSuspended
from dispatch_server.media.negotiate import answer_publish, answer_watch, read_fragment, write_restart_fragment
from dispatch_server.media.peer import Peer, PeerEvent
from dispatch_server.media.rate_guard import PeerLimits
from dispatch_server.media.router import Router
from dispatch_server.media.sink import FrameSink
from dispatch_server.runtime.counters import Reading
from dispatch_server.settings import MediaSettings

SECOND_S = 1.0


class EnginePort:
    """All sessions of a node."""

    def __init__(
        self,
        settings: MediaSettings,
        clock: Clock,
        chance: Callable[[int], bytes],
        certificate: NodeCertificate,
        report: Callable[[str, BaseException], None],
    ) -> None:
        self.loop = MediaLoop(settings, clock, self._on_event, report)
        self.router = Router()
        self.sessions: dict[str, Session] = {}
        self.listener: Listener = Silent()
        self.candidates: tuple[Candidate, ...] = ()
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._fingerprint = certificate.fingerprint
        self._dtls = DtlsContext(certificate)
        self._peer_limits = PeerLimits(
            settings.max_publisher_kbps,
            settings.max_publisher_packets_per_s,
            settings.max_rtcp_per_s,
            settings.over_limit_s,
        )
        self._link_limits = LinkLimits(
            validated_addresses=settings.addresses_per_session,
            consent_s=settings.consent_s,
            suspended_s=settings.suspended_s,
            handshake_s=settings.handshake_s,
        )
        self._figures = Figures()
        self._ended_drops = EndedDrops()
        self._second: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Bind the ports and begin. Raises OSError when one is taken."""
        await self.loop.open()
        tcp_port = self.loop.tcp.port if self._settings.tcp_enabled else None
        addresses = announced(self._settings.host, self._settings.announced_addresses)
        self.candidates = candidates(addresses, self.loop.udp.port, tcp_port)
        self._second = asyncio.get_running_loop().call_later(SECOND_S, self._each_second)

    async def stop(self) -> None:
        if self._second is not None:
            self._second.cancel()
        await self.loop.close()

    # -- sessions ------------------------------------------------------------------------------------------------

    def publish(self, session_id: str, stream_id: str, offer: str) -> Answered:
        """Answer a publisher's offer. Raises OfferMalformed, OfferRefused, TooManySessions."""
        self._check_room()
        if sum(session.publishes for session in self.sessions.values()) >= self._settings.publishers:
            raise TooManySessions
        local = self._local()
        plan, answer = answer_publish(offer, local)
        self._begin(session_id, stream_id, plan, local.credentials, publishes=True)
        return Answered(answer, local.credentials.ufrag)

    def watch(self, session_id: str, stream_id: str, layer: Layer | None, offer: str) -> Answered:
        """Answer a viewer's offer. Raises what `publish` does, and StreamNotOnAir."""
        self._check_room()
        publisher = self._publisher_of(stream_id)
        if publisher is None:
            raise StreamNotOnAir
        route = self.router.routes.get(stream_id)
        if route is not None and len(route.viewers) >= self._settings.viewers_per_stream:
            raise TooManySessions
        # What the publisher has agreed to send: its picture may come a moment after its sound.
        available = self.router.layers(stream_id) | publisher.layers
        local = self._local()
        plan, answer = answer_watch(offer, local, available, iter(self._ssrc, 0))
        session = self._begin(session_id, stream_id, plan, local.credentials, publishes=False)
        self.router.watch(stream_id, session_id, session.peer.down_tracks, layer)
        return Answered(answer, local.credentials.ufrag)

    def patch(self, session_id: str, fragment: str) -> str | None:
        """Trickle: None, for an ICE-lite end needs no candidates. Restart: the fragment that answers it."""
        session = self.sessions[session_id]
        read = read_fragment(fragment)
        if read.credentials is None or read.credentials == session.remote:
            return None
        local = self._local()
        session.peer.link.restart_ice(local.credentials, read.credentials, self._clock.monotonic())
        session.remote = read.credentials
        self.loop.book.enter(local.credentials.ufrag, session.peer)
        return write_restart_fragment(local, [track.mid for track in session.peer.plan.tracks])

    def choose_layer(self, session_id: str, layer: Layer | None) -> None:
        session = self.sessions.get(session_id)
        if session is not None:
            self.router.choose_layer(session.stream, session_id, layer, self._clock.monotonic())
            self.loop.after_change()

    def close(self, session_id: str, reason: str) -> None:
        """End a session; idempotent. The listener is not told: it asked."""
        session = self.sessions.get(session_id)
        if session is not None:
            now = self._clock.monotonic()
            session.peer.close(now)
            session.peer.events.clear()
            self._remove(session_id, session)
            self.loop.after_change()

    def attach_frames(self, stream_id: str, sink: FrameSink, layers: frozenset[Layer]) -> Callable[[], None]:
        """Whole frames of a stream to `sink` until the returned function is called."""
        return self.router.tap(stream_id, sink, layers)

    def stream_figures(self, stream_id: str) -> StreamFigures | None:
        route = self.router.routes.get(stream_id)
        publisher = self._publisher_of(stream_id)
        if route is None or publisher is None:
            return None
        return self._figures.stream(publisher.peer, route.tracks, len(route.viewers), self._clock.monotonic())

    def session_figures(self, session_id: str) -> SessionFigures | None:
        session = self.sessions.get(session_id)
        if session is None:
            return None
        if session.publishes:
            return self._figures.publisher(session.peer, self._clock.monotonic())
        route = self.router.routes.get(session.stream)
        viewer = route.viewers.get(session_id) if route is not None else None
        current = viewer.picture.current if viewer is not None and viewer.picture is not None else None
        layer = current.up.layer if current is not None else None
        return self._figures.viewer(session.peer, layer, self._clock.monotonic())

    def readings(self) -> list[Reading]:
        """Counters of the media side for /metrics; plain integers until somebody asks."""
        return readings_of(self.loop, [session.peer for session in self.sessions.values()], self._ended_drops)

    # -- inside --------------------------------------------------------------------------------------------------

    def _publisher_of(self, stream_id: str) -> Session | None:
        """The newest one: in a take-over the old session is still there for a moment."""
        return next((s for s in reversed(self.sessions.values()) if s.publishes and s.stream == stream_id), None)

    def _check_room(self) -> None:
        if len(self.sessions) >= self._settings.sessions:
            raise TooManySessions

    def _ssrc(self) -> int:
        return int.from_bytes(self._chance(4), "big") | 1

    def _local(self) -> LocalTransport:
        return LocalTransport(
            credentials=make_credentials(self._chance),
            fingerprint=self._fingerprint,
            candidates=self.candidates,
            session_id=int.from_bytes(self._chance(6), "big"),
        )

    def _begin(
        self, session_id: str, stream: str, plan: SessionPlan, local: IceCredentials, *, publishes: bool
    ) -> Session:
        link = Link(
            local=local,
            remote=plan.remote,
            fingerprints=plan.fingerprints,
            dtls_client=plan.dtls_client,
            context=self._dtls,
            outbox=self.loop.outbox,
            random=self._chance,
            limits=self._link_limits,
        )
        peer = Peer(session_id, plan, link, self.loop.outbox, self._chance, self.loop.utc_us, self._peer_limits)
        session = Session(stream, peer, publishes, plan.remote)
        self.sessions[session_id] = session
        self.loop.add(peer, local.ufrag)
        return session

    def _remove(self, session_id: str, session: Session) -> None:
        self.sessions.pop(session_id, None)
        self.loop.remove(session.peer)
        self._ended_drops.take(session.peer)
        if session.publishes:
            for track in session.peer.up_tracks:
                self.router.track_left(session.stream, track)
                self._figures.forget(track)
        else:
            self.router.leave(session.stream, session_id)

    def _on_event(self, peer: Peer, event: PeerEvent, now: float) -> None:
        session = self.sessions.get(peer.identity)
        if session is None:
            return
        match event:
            case TrackArrived():
                self.router.track_arrived(session.stream, event.track, now)
                if session.publishes and not session.connected:
                    session.connected = True
                    self.listener.publisher_connected(peer.identity)
            case PictureWanted():
                self.router.picture_wanted(session.stream, peer.identity)
            case LinkConnected():
                if not session.publishes:
                    self.router.viewer_ready(session.stream, peer.identity, now)
            case LinkSuspended():
                if session.publishes and session.connected:
                    self.listener.publisher_lost(peer.identity)
            case LinkResumed():
                if session.publishes and session.connected:
                    self.listener.publisher_resumed(peer.identity)
            case LinkFailed():
                self._ended(session, event.reason)
            case LinkClosed():
                self._ended(session, "the remote end closed the connection")
            case PublisherOverLimit():
                self.close(peer.identity, "over limit")
                self.listener.session_ended(peer.identity, f"sent {event.kbps} kbit/s, more than it may, for too long")

    def _ended(self, session: Session, reason: str) -> None:
        self._remove(session.peer.identity, session)
        self.listener.session_ended(session.peer.identity, reason)

    def _each_second(self) -> None:
        """Give every viewer that left the choice to us the layer that its link allows."""
        self._second = asyncio.get_running_loop().call_later(SECOND_S, self._each_second)
        now = self._clock.monotonic()
        for session_id, session in list(self.sessions.items()):
            main = self.router.track(session.stream, Layer.MAIN)
            if not session.publishes and main is not None:
                sent = sum(track.rate.bits_per_s(now) for track in session.peer.down_tracks)
                layer = session.peer.viewer_estimate.choose(sent, main.rate.bits_per_s(now), now)
                self.router.allow_layer(session.stream, session_id, layer, now)
        self.loop.after_change()
