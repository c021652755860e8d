"""Publishing and watching: who may, what the engine answers, and what the engine tells back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope
from dispatch_server.live.credentials import Credential, Doorkeeper, Knock, digest_of_bearer
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.model import Moment, State, Stream, StreamEvent
from dispatch_server.live.on_air import StreamBook
from dispatch_server.live.ports import BusPort, MediaPort, WorldPort
from dispatch_server.live.refusals import SourceBusy, SourceUnknown, StreamNotLive, of_the_engine
from dispatch_server.live.sessions import MediaSession, SessionBook
from dispatch_server.live.tokens import Direction, TokenBox, digest_of, new_secret
from dispatch_server.media.abilities import Fingerprint, Layer
from dispatch_server.media.figures import Answered


@dataclass(frozen=True, slots=True)
class Opened:
    """What a POST is answered with."""

    session_id: str
    stream_id: str
    answer: str
    etag: str
    session_key: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a media token is for: the id of a stream to watch, or the source to publish."""

    id: str
    source: str
    department: str


@dataclass(frozen=True, slots=True)
class Patched:
    """What a PATCH is answered with; no fragment means that candidates were taken and nothing is to be said."""

    fragment: str | None = None
    etag: str | None = None


@dataclass(slots=True)
class LiveService:
    """
    Everything here happens at once and in memory: no publisher and no viewer waits for the database.
    `upkeep.py` saves what changed.
    """

    media: MediaPort
    bus: BusPort
    world: WorldPort
    limits: LiveLimits
    streams: StreamBook
    sessions: SessionBook
    tokens: TokenBox
    doorkeeper: Doorkeeper
    department_of: Callable[[str], str]
    may_publish: Callable[[str], bool]

    def publish(self, source: str, offer: str, knock: Knock) -> Opened:
        """WHIP POST. Raises what the door keeper and the engine raise, and SourceBusy."""
        at = self._moment()
        asker = self.doorkeeper.publisher(source, offer, knock, at.now)
        earlier = self.streams.of_source(source)
        stream = self._stream_for(source, earlier, asker, at)
        if earlier is None:
            self.sessions.check_room()
        session_id = self.world.chance(16).hex()
        with of_the_engine(source):
            answered = self.media.publish(session_id, stream.id, offer)
        if asker.single_use:
            self.tokens.use_up(asker.digest)
        if asker.publish_key:
            self.doorkeeper.keys.used(asker.holder, at.utc_us)
        if earlier is not None and earlier is not stream:
            self._end_stream(earlier, "replaced by another publisher")
        self._close(stream.session_id, "replaced")
        key = asker.session_key or new_secret("sk_", self.world.chance)
        stream.holder, stream.session_key = asker.holder, digest_of(key)
        self._tell(stream, stream.answered(session_id, at))
        self._keep(session_id, Direction.PUBLISH, stream.id, asker, answered)
        return Opened(session_id, stream.id, answered.answer, self._etag(session_id), key)

    def watch(self, target: str, layer: Layer | None, offer: str, knock: Knock) -> Opened:
        """WHEP POST; `layer` None means automatic."""
        stream = self.streams.find(target)
        stream_id = stream.id if stream is not None else target
        asker = self.doorkeeper.viewer(stream_id, offer, knock, self.world.monotonic())
        if stream is None or stream.state is not State.LIVE:
            raise StreamNotLive(target)
        self.sessions.check_room()
        session_id = self.world.chance(16).hex()
        with of_the_engine(target):
            answered = self.media.watch(session_id, stream.id, layer, offer)
        self.tokens.use_up(asker.digest)
        self._keep(session_id, Direction.WATCH, stream.id, asker, answered)
        return Opened(session_id, stream.id, answered.answer, self._etag(session_id))

    def patch(
        self, direction: Direction, session_id: str, bearer: str | None, if_match: str | None, fragment: str
    ) -> Patched:
        """Trickle ICE or an ICE restart (RFC 9725 section 4.3)."""
        session = self.sessions.owned(session_id, digest_of_bearer(bearer), direction)
        self.doorkeeper.check_patches(session_id, self.world.monotonic())
        session.check_match(if_match)
        with of_the_engine(session.stream_id):
            answer = self.media.patch(session_id, fragment)
        if answer is None:
            return Patched()
        session.restarts += 1
        return Patched(answer, session.quoted_etag)

    def choose_layer(self, session_id: str, bearer: str | None, layer: Layer | None) -> None:
        self.sessions.owned(session_id, digest_of_bearer(bearer), Direction.WATCH)
        self.media.choose_layer(session_id, layer)

    def leave(self, direction: Direction, session_id: str, bearer: str | None) -> None:
        """DELETE: the owner ends its session; a publisher's stream ends with it."""
        session = self.sessions.owned(session_id, digest_of_bearer(bearer), direction)
        self.end_session(session, "ended by its owner")

    def end_session(self, session: MediaSession, reason: str) -> None:
        """End it for good, whoever decided so."""
        stream = self.streams.find(session.stream_id)
        if session.direction is Direction.PUBLISH and stream is not None and stream.session_id == session.id:
            self._end_stream(stream, reason)
        self._close(session.id, reason)

    def holder_left(self, holder: str, reason: str) -> None:
        """Somebody signed out or lost a right: its unused tokens, its sessions and its streams end now."""
        self.tokens.withdraw(holder)
        for session in self.sessions.held_by(holder):
            self.end_session(session, reason)
        for stream in self.streams:
            if stream.holder == holder:
                self._end_stream(stream, reason)

    # What the engine tells (MediaListener).

    def publisher_connected(self, session_id: str) -> None:
        stream = self._published_by(session_id)
        if stream is not None:
            self._tell(stream, stream.connected(self._moment()))

    def publisher_lost(self, session_id: str) -> None:
        stream = self._published_by(session_id)
        if stream is not None:
            self._tell(stream, stream.lost(self._moment()))

    def publisher_resumed(self, session_id: str) -> None:
        self.publisher_connected(session_id)

    def session_ended(self, session_id: str, reason: str) -> None:
        stream = self._published_by(session_id)
        self.sessions.pop(session_id)
        if stream is None:
            return
        if stream.state is State.LOST:  # another session may still carry it on
            stream.session_id = ""
            return
        self._end_stream(stream, reason)

    def tick(self) -> None:
        """End what waited long enough: lost publishers after the grace, answered ones that never came."""
        now = self.world.monotonic()
        patience = {State.LOST: self.limits.grace_s, State.ANSWERED: self.limits.connect_s}
        for stream in self.streams:
            limit_s = patience.get(stream.state)
            if limit_s is not None and now - stream.since >= limit_s:
                self._end_stream(stream, "did not come back" if stream.state is State.LOST else "never connected")
        self.tokens.sweep(now)
        self.doorkeeper.sweep(now)

    def restore(self, unfinished: Iterable[Stream], last_seen_utc_us: Mapping[str, int]) -> None:
        """
        After a restart: streams that were on air wait for their publishers as lost ones, with a fresh grace, for
        nobody can say how long the server was away.
        """
        self.streams.last_seen_utc_us.update(last_seen_utc_us)
        for stream in unfinished:
            at = self._moment()
            stream.session_id, stream.since = "", at.now
            if stream.started_utc_us is None:
                stream.ended(at, "the server stopped")
            elif stream.state is State.LIVE:
                stream.lost(at)
            self.streams.note(stream)

    def target_of(self, direction: Direction, target: str, scope: Scope) -> Target:
        """
        What somebody with this scope may watch or publish under that name. What lies outside of it is refused as
        what is not live, or not known.
        """
        if direction is Direction.WATCH:
            stream = self.streams.find(target)
            if stream is None or stream.state is not State.LIVE or not scope.covers(stream.department):
                raise StreamNotLive(target)
            return Target(stream.id, stream.source, stream.department)
        department = self.department_of(target)
        if not self.may_publish(target) or not scope.covers(department):
            raise SourceUnknown(target)
        return Target(target, target, department)

    def count_ask(self, holder: str) -> None:
        """Before anything is looked up or entered for a media token. Raises TooManyPosts."""
        self.doorkeeper.count_ask(holder, self.world.monotonic())

    def issue_token(
        self, direction: Direction, target: Target, holder: str, fingerprint: Fingerprint | None = None
    ) -> str:
        """A media token for one session with this target."""
        return self.tokens.issue(direction, target.id, holder, fingerprint, self.world.monotonic())

    def _stream_for(self, source: str, earlier: Stream | None, asker: Credential, at: Moment) -> Stream:
        """The stream that this publisher carries on, or a new one; SourceBusy when another one is there."""
        if earlier is not None and (asker.session_key or self._may_carry_on(earlier, asker)):
            return earlier
        if earlier is not None and earlier.state is not State.LOST:
            raise SourceBusy(source)
        return Stream(at.identity, source, self.department_of(source), at.utc_us)

    def _may_carry_on(self, stream: Stream, asker: Credential) -> bool:
        """
        A foreign encoder knows no session key, and a terminal that was switched off has lost it: their own key is
        enough once the old session is silent.
        """
        if not (asker.publish_key or asker.terminal) or asker.holder != stream.holder:
            return False
        if stream.state is not State.LIVE:
            return True
        figures = self.media.stream_figures(stream.id)
        age_s = figures.last_media_age_s if figures is not None else None
        return age_s is not None and age_s >= self.limits.stale_media_s

    def _moment(self) -> Moment:
        utc_us = self.world.utc_us()
        identity = uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES))
        return Moment(self.world.monotonic(), utc_us, identity)

    def _keep(
        self, session_id: str, direction: Direction, stream_id: str, asker: Credential, answered: Answered
    ) -> None:
        etag = answered.etag.strip('"')
        self.sessions.add(MediaSession(session_id, direction, stream_id, asker.digest, asker.holder, etag))

    def _etag(self, session_id: str) -> str:
        session = self.sessions.get(session_id)
        return session.quoted_etag if session is not None else ""

    def _published_by(self, session_id: str) -> Stream | None:
        session = self.sessions.get(session_id)
        stream = self.streams.find(session.stream_id) if session is not None else None
        return stream if stream is not None and stream.session_id == session_id else None

    def _end_stream(self, stream: Stream, reason: str) -> None:
        session_id = stream.session_id
        self._tell(stream, stream.ended(self._moment(), reason))
        self._close(session_id, reason)
        for viewer in self.sessions.viewers_of(stream.id):
            self._close(viewer.id, "the stream ended")

    def _close(self, session_id: str, reason: str) -> None:
        """Forget first: what the engine says of it from now on is stale."""
        if session_id:
            self.sessions.pop(session_id)
            self.media.close(session_id, reason)

    def _tell(self, stream: Stream, event: StreamEvent | None) -> None:
        self.streams.note(stream)
        if event is not None:
            self.bus.publish(event)
