"""Hand-written stand-ins for what the identity room asks of others."""

from dataclasses import dataclass, field

from dispatch_server.identity.model import Session


@dataclass
class FakeSessionStore:
    rows: dict[bytes, Session] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)

    async def find(self, digest: bytes) -> Session | None:
        return self.rows.get(digest)

    async def add(self, session: Session) -> None:
        self.rows[session.digest] = session

    async def remove(self, session_id: str) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.id != session_id}

    async def seen(self, sessions: list[Session]) -> None:
        self.saved += [session.id for session in sessions]

    async def remove_older(self, begun_before_utc_us: int, seen_before_utc_us: int) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.seen_utc_us >= seen_before_utc_us}
