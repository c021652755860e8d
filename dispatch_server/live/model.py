"""The life of a stream, from the first offer to its end, and what is told about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable


class State(StrEnum):
    OFFERED = "offered"
    ANSWERED = "answered"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


class Happening(StrEnum):
    ANSWER = "answer"  # an offer was answered: the first one, or that of a publisher who comes back
    CONNECT = "connect"  # media can flow
    LOSE = "lose"  # consent expired, the link failed, or another session of the same publisher takes over
    END = "end"


LIFE = StateTable(
    first=State.OFFERED,
    moves={
        (State.OFFERED, Happening.ANSWER): State.ANSWERED,
        (State.OFFERED, Happening.END): State.ENDED,
        (State.ANSWERED, Happening.ANSWER): State.ANSWERED,
        (State.ANSWERED, Happening.CONNECT): State.LIVE,
        (State.ANSWERED, Happening.LOSE): State.ANSWERED,
        (State.ANSWERED, Happening.END): State.ENDED,
        (State.LIVE, Happening.LOSE): State.LOST,
        (State.LIVE, Happening.END): State.ENDED,
        (State.LOST, Happening.ANSWER): State.LOST,
        (State.LOST, Happening.CONNECT): State.LIVE,
        (State.LOST, Happening.LOSE): State.LOST,
        (State.LOST, Happening.END): State.ENDED,
    },
    final=frozenset({State.ENDED}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStarted(Event):
    stream_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLost(Event):
    stream_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamResumed(Event):
    stream_id: str
    source: str
    lost_utc_us: int  # since when nothing came


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded(Event):
    """Told only of a stream that was live at least once."""

    stream_id: str
    source: str
    reason: str


StreamEvent = StreamStarted | StreamLost | StreamResumed | StreamEnded


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened, on both clocks, and the identity that an event about it takes."""

    now: float
    utc_us: int
    identity: str


@dataclass(slots=True)
class Stream:
    """One participant's live publication; `session_key` is the digest of what carries it on after a loss."""

    id: str
    source: str
    department: str
    offered_utc_us: int
    holder: str = ""  # the publish key or the sign-in behind its publisher
    session_key: bytes = b""
    session_id: str = ""  # the media session that publishes it now
    state: State = LIFE.first
    since_utc_us: int = 0
    since: float = 0.0  # the same moment on the monotonic clock
    started_utc_us: int | None = None
    seen_utc_us: int | None = None  # when it was live last; while it is, when that began
    ended_utc_us: int | None = None
    reason: str = ""
    losses: int = 0
    changed: bool = field(default=True, compare=False)  # not yet in the database

    def answered(self, session_id: str, at: Moment) -> StreamLost | None:
        """A session of this publisher was answered; an earlier one of a live stream makes way."""
        lost = self.lost(at) if self.state is State.LIVE else None
        self._move(Happening.ANSWER, at)
        self.session_id = session_id
        return lost

    def connected(self, at: Moment) -> StreamStarted | StreamResumed | None:
        if self.state is State.LIVE:
            return None  # the same session on another path
        lost_utc_us = self.since_utc_us
        self._move(Happening.CONNECT, at)
        if self.started_utc_us is None:
            self.started_utc_us = at.utc_us
            return StreamStarted(identity=at.identity, utc_us=at.utc_us, stream_id=self.id, source=self.source)
        return StreamResumed(
            identity=at.identity, utc_us=at.utc_us, stream_id=self.id, source=self.source, lost_utc_us=lost_utc_us
        )

    def lost(self, at: Moment) -> StreamLost | None:
        was_live = self.state is State.LIVE
        self._move(Happening.LOSE, at)
        if not was_live:
            return None
        self.losses += 1
        return StreamLost(identity=at.identity, utc_us=at.utc_us, stream_id=self.id, source=self.source)

    def ended(self, at: Moment, reason: str) -> StreamEnded | None:
        self._move(Happening.END, at)
        self.session_id = ""
        self.ended_utc_us = at.utc_us
        self.reason = reason
        if self.started_utc_us is None:
            return None
        return StreamEnded(identity=at.identity, utc_us=at.utc_us, stream_id=self.id, source=self.source, reason=reason)

    def _move(self, happening: Happening, at: Moment) -> None:
        before, self.state = self.state, LIFE.after(self.state, happening)
        if State.LIVE in (before, self.state):
            self.seen_utc_us = at.utc_us
        self.changed = True
        if self.state is not before or self.since_utc_us == 0:
            self.since_utc_us, self.since = at.utc_us, at.now
