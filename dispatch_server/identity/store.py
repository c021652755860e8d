"""Sign-ins in the database: they outlive a restart of the server, and follow what becomes of their person."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.identity.accounts import Standing
from dispatch_server.identity.model import Permit, Person, Role, Session
from dispatch_server.identity.tables import people, permits, sign_ins
from dispatch_server.runtime.database import Database

COMPARED_AT_ONCE = 500


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, digest: bytes) -> Session | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(sign_ins).where(sign_ins.c.digest == digest))).one_or_none()
        return _session_of(row) if row is not None else None

    async def add(self, session: Session) -> None:
        person = session.person
        async with self._database.transaction() as connection:
            await connection.execute(
                insert(sign_ins).values(
                    id=session.id,
                    digest=session.digest,
                    person_id=person.id,
                    person_name=person.name,
                    roles=" ".join(sorted(person.roles)),
                    department=person.department,
                    begun_utc_us=session.begun_utc_us,
                    seen_utc_us=session.seen_utc_us,
                    proved_utc_us=session.proved_utc_us,
                    address=session.address,
                    device=session.device,
                )
            )

    async def remove(self, session_id: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.id == session_id))

    async def remove_of(self, person_id: str, but: str = "", connection: AsyncConnection | None = None) -> list[str]:
        if connection is None:
            async with self._database.transaction() as own:
                return await self.remove_of(person_id, but, own)
        condition = (sign_ins.c.person_id == person_id) & (sign_ins.c.id != but)
        found = list((await connection.execute(select(sign_ins.c.id).where(condition))).scalars())
        await connection.execute(delete(sign_ins).where(condition))
        return found

    async def of_person(self, person_id: str) -> list[Session]:
        query = select(sign_ins).where(sign_ins.c.person_id == person_id).order_by(sign_ins.c.begun_utc_us)
        async with self._database.reading() as connection:
            return [_session_of(row) for row in await connection.execute(query)]

    async def seen(self, sessions: list[Session]) -> None:
        async with self._database.transaction() as connection:
            for session in sessions:
                await connection.execute(
                    update(sign_ins).where(sign_ins.c.id == session.id).values(seen_utc_us=session.seen_utc_us)
                )

    async def proved(self, session: Session) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                update(sign_ins).where(sign_ins.c.id == session.id).values(proved_utc_us=session.proved_utc_us)
            )

    async def remove_older(self, begun_before_utc_us: int, seen_before_utc_us: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(sign_ins).where(
                    or_(sign_ins.c.begun_utc_us < begun_before_utc_us, sign_ins.c.seen_utc_us < seen_before_utc_us)
                )
            )

    async def compare(self, sessions: list[Session], utc_us: int) -> Mapping[str, Standing | None]:
        found: dict[str, Standing | None] = {}
        async with self._database.reading() as connection:
            for first in range(0, len(sessions), COMPARED_AT_ONCE):
                ids = [session.id for session in sessions[first : first + COMPARED_AT_ONCE]]
                found |= await _standings(connection, ids, utc_us)
        return found


async def _standings(connection: AsyncConnection, ids: list[str], utc_us: int) -> dict[str, Standing | None]:
    joined = sign_ins.outerjoin(people, people.c.id == sign_ins.c.person_id)
    query = select(sign_ins.c.id.label("session_id"), people).select_from(joined).where(sign_ins.c.id.in_(ids))
    rows = (await connection.execute(query)).all()
    holders = {row.id for row in rows if row.id is not None}
    standing_permits = permits.c.person_id.in_(holders) & (permits.c.until_utc_us > utc_us)
    held: dict[str, list[Permit]] = {}
    for row in await connection.execute(select(permits).where(standing_permits).order_by(permits.c.id)):
        held.setdefault(row.person_id, []).append(permit_of(row))
    return {
        row.session_id: None if row.id is None else Standing(person_of(row), tuple(held.get(row.id, ())), row.disabled)
        for row in rows
    }


def person_of(row: Row[Any]) -> Person:
    return Person(row.id, row.name, frozenset(Role(name) for name in row.roles.split()), row.department)


def permit_of(row: Row[Any]) -> Permit:
    return Permit(row.id, row.action, row.department, row.until_utc_us)


def _session_of(row: Row[Any]) -> Session:
    roles = frozenset(Role(name) for name in row.roles.split())
    return Session(
        row.id,
        row.digest,
        Person(row.person_id, row.person_name, roles, row.department),
        row.begun_utc_us,
        row.seen_utc_us,
        saved_utc_us=row.seen_utc_us,
        proved_utc_us=row.proved_utc_us,
        address=row.address,
        device=row.device,
    )
