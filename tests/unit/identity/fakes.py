"""Hand-written stand-ins for what the identity room asks of others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.accounts import Standing
from dispatch_server.identity.model import Session


@dataclass
class FakeSessionStore:
    rows: dict[bytes, Session] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    standings: dict[str, Standing | None] = field(default_factory=dict)  # of whose rights changed

    async def find(self, digest: bytes) -> Session | None:
        return self.rows.get(digest)

    async def add(self, session: Session) -> None:
        self.rows[session.digest] = session

    async def remove(self, session_id: str) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.id != session_id}

    async def remove_of(self, person_id: str, but: str = "", connection: Any = None) -> list[str]:
        ended = [one.id for one in self.rows.values() if one.person.id == person_id and one.id != but]
        self.rows = {key: one for key, one in self.rows.items() if one.id not in ended}
        return ended

    async def of_person(self, person_id: str) -> list[Session]:
        return [one for one in self.rows.values() if one.person.id == person_id]

    async def proved(self, session: Session) -> None:
        self.saved.append(session.id)

    async def compare(self, sessions: list[Session], utc_us: int) -> Mapping[str, Standing | None]:
        kept = {one.id for one in self.rows.values()}
        return {
            one.id: self.standings.get(one.person.id, Standing(one.person, one.permits, False))
            for one in sessions
            if one.id in kept
        }

    async def seen(self, sessions: list[Session]) -> None:
        self.saved += [session.id for session in sessions]

    async def remove_older(self, begun_before_utc_us: int, seen_before_utc_us: int) -> None:
        self.rows = {key: one for key, one in self.rows.items() if one.seen_utc_us >= seen_before_utc_us}
