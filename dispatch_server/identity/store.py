"""Sign-ins in the database: they outlive a restart of the server."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Row, String, Table, delete, insert, or_, select, update

from dispatch_server.identity.model import Person, Role, Session
from dispatch_server.runtime.database import METADATA, Database

sign_ins = Table(
    "sign_ins",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),  # SHA-256 of the cookie's secret
    Column("person_id", String(64), nullable=False),
    Column("person_name", String(80), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("department", String(200), nullable=False),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("seen_utc_us", BigInteger, nullable=False),
    Index("ix_sign_ins_seen_utc_us", "seen_utc_us"),
)


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
                )
            )

    async def remove(self, session_id: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(sign_ins).where(sign_ins.c.id == session_id))

    async def seen(self, sessions: list[Session]) -> None:
        async with self._database.transaction() as connection:
            for session in sessions:
                await connection.execute(
                    update(sign_ins).where(sign_ins.c.id == session.id).values(seen_utc_us=session.seen_utc_us)
                )

    async def remove_older(self, begun_before_utc_us: int, seen_before_utc_us: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                delete(sign_ins).where(
                    or_(sign_ins.c.begun_utc_us < begun_before_utc_us, sign_ins.c.seen_utc_us < seen_before_utc_us)
                )
            )


def _session_of(row: Row[Any]) -> Session:
    roles = frozenset(Role(name) for name in row.roles.split())
    person = Person(row.person_id, row.person_name, roles, row.department)
    return Session(row.id, row.digest, person, row.begun_utc_us, row.seen_utc_us, saved_utc_us=row.seen_utc_us)
