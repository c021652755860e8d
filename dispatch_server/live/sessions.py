"""The media sessions that stand open, publishers' and viewers', and who owns each."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dispatch_server.live.refusals import EntityTagMissing, EntityTagOutdated, SessionUnknown, TooManySessions
from dispatch_server.live.tokens import Direction, same


@dataclass(slots=True)
class MediaSession:
    """One WHIP or WHEP resource. Its id is 128 random bits, and knowing it is not enough."""

    id: str
    direction: Direction
    stream_id: str
    owner: bytes  # digest of the bearer that opened it: the same one patches and ends it
    holder: str  # the sign-in or key behind that bearer
    etag: str
    restarts: int = 0

    @property
    def quoted_etag(self) -> str:
        """The strong entity tag of the present ICE session (RFC 9110 section 8.8.3)."""
        return f'"{self.etag}-{self.restarts}"' if self.restarts else f'"{self.etag}"'

    def check_match(self, if_match: str | None) -> None:
        """RFC 9725 section 4.3.1: no tag is 428, an earlier one 412; `*` asks for an ICE restart."""
        if if_match is None:
            raise EntityTagMissing
        wanted = [tag.strip() for tag in if_match.split(",")]
        if "*" not in wanted and self.quoted_etag not in wanted:
            raise EntityTagOutdated


@dataclass(slots=True)
class SessionBook:
    capacity: int
    refused: int = 0
    _sessions: dict[str, MediaSession] = field(default_factory=dict)
    _viewers: dict[str, dict[str, MediaSession]] = field(default_factory=dict)  # by stream, then by session

    def check_room(self) -> None:
        if len(self._sessions) >= self.capacity:
            self.refused += 1
            raise TooManySessions

    def add(self, session: MediaSession) -> None:
        self._sessions[session.id] = session
        if session.direction is Direction.WATCH:
            self._viewers.setdefault(session.stream_id, {})[session.id] = session

    def get(self, session_id: str) -> MediaSession | None:
        return self._sessions.get(session_id)

    def owned(self, session_id: str, bearer_digest: bytes, direction: Direction) -> MediaSession:
        """The session, for its owner alone; a stranger is told what one is told who guesses an id."""
        session = self._sessions.get(session_id)
        owner = session.owner if session is not None else bytes(len(bearer_digest))
        if not same(owner, bearer_digest) or session is None or session.direction is not direction:
            raise SessionUnknown
        return session

    def pop(self, session_id: str) -> MediaSession | None:
        session = self._sessions.pop(session_id, None)
        viewers = self._viewers.get(session.stream_id) if session is not None else None
        if viewers is not None and viewers.pop(session_id, None) is not None and not viewers and session is not None:
            del self._viewers[session.stream_id]
        return session

    def viewers_of(self, stream_id: str) -> list[MediaSession]:
        return list(self._viewers.get(stream_id, {}).values())

    def count_viewers(self, stream_id: str) -> int:
        return len(self._viewers.get(stream_id, ()))

    def held_by(self, holder: str) -> list[MediaSession]:
        return [session for session in self._sessions.values() if session.holder == holder]

    def __iter__(self) -> Iterator[MediaSession]:
        return iter(list(self._sessions.values()))

    def __len__(self) -> int:
        return len(self._sessions)
