"""Streams and publish keys in the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from dispatch_server.live.model import State, Stream
from dispatch_server.live.ports import Beside
from dispatch_server.live.publish_keys import PublishKey
from dispatch_server.live.refusals import KeyExists
from dispatch_server.runtime.database import METADATA, Database

REVOKED_LISTED = 200

streams = Table(
    "streams",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("department", String(64), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("session_key", LargeBinary(32), nullable=False),  # SHA-256
    Column("state", String(16), nullable=False),
    Column("offered_utc_us", BigInteger, nullable=False),
    Column("since_utc_us", BigInteger, nullable=False),
    Column("started_utc_us", BigInteger),
    Column("seen_utc_us", BigInteger),
    Column("ended_utc_us", BigInteger),
    Column("reason", String(200), nullable=False),
    Column("losses", Integer, nullable=False),
    Index("ix_streams_ended_utc_us", "ended_utc_us"),
    Index("ix_streams_source_seen_utc_us", "source", "seen_utc_us"),
)

publish_keys = Table(
    "publish_keys",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("label", String(80), nullable=False),
    Column("digest", LargeBinary(32), nullable=False, unique=True),  # SHA-256
    Column("created_utc_us", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("last_used_utc_us", BigInteger),
    Column("revoked_utc_us", BigInteger),
)
# One key for a source, whichever node is asked for it.
Index(
    "uq_publish_keys_valid_source",
    publish_keys.c.source,
    unique=True,
    sqlite_where=publish_keys.c.revoked_utc_us.is_(None),
    postgresql_where=publish_keys.c.revoked_utc_us.is_(None),
)


class StreamStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, changed: Sequence[Stream]) -> None:
        async with self._database.transaction() as connection:
            for stream in changed:
                row = _row_of(stream)
                done = await connection.execute(update(streams).where(streams.c.id == stream.id).values(row))
                if done.rowcount == 0:
                    await connection.execute(insert(streams).values(row))

    async def unfinished(self) -> list[Stream]:
        async with self._database.reading() as connection:
            found = await connection.execute(select(streams).where(streams.c.ended_utc_us.is_(None)))
            return [_stream_of(row) for row in found]

    async def last_seen(self) -> dict[str, int]:
        """Of terminals; guests come and go."""
        query = (
            select(streams.c.source, func.max(streams.c.seen_utc_us))
            .where(streams.c.department != "", streams.c.seen_utc_us.is_not(None))
            .group_by(streams.c.source)
        )
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}


class KeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keys(self) -> list[PublishKey]:
        valid = select(publish_keys).where(publish_keys.c.revoked_utc_us.is_(None))
        revoked = (
            select(publish_keys)
            .where(publish_keys.c.revoked_utc_us.is_not(None))
            .order_by(publish_keys.c.revoked_utc_us.desc())
            .limit(REVOKED_LISTED)
        )
        async with self._database.reading() as connection:
            rows = [*await connection.execute(valid), *await connection.execute(revoked)]
        return [PublishKey(**row._mapping) for row in rows]

    async def add(self, key: PublishKey, beside: Beside) -> None:
        try:
            async with self._database.transaction() as connection:
                await connection.execute(
                    insert(publish_keys).values(
                        id=key.id,
                        source=key.source,
                        label=key.label,
                        digest=key.digest,
                        created_utc_us=key.created_utc_us,
                        created_by=key.created_by,
                    )
                )
                await beside(connection)
        except IntegrityError as error:
            raise KeyExists(key.source) from error

    async def revoke(self, key_id: str, utc_us: int, beside: Beside) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                update(publish_keys)
                .where(publish_keys.c.id == key_id, publish_keys.c.revoked_utc_us.is_(None))
                .values(revoked_utc_us=utc_us)
            )
            await beside(connection)

    async def used(self, moments: Mapping[str, int]) -> None:
        async with self._database.transaction() as connection:
            for key_id, utc_us in moments.items():
                await connection.execute(
                    update(publish_keys).where(publish_keys.c.id == key_id).values(last_used_utc_us=utc_us)
                )


def _row_of(stream: Stream) -> dict[str, Any]:
    return {
        "id": stream.id,
        "source": stream.source,
        "department": stream.department,
        "holder": stream.holder,
        "session_key": stream.session_key,
        "state": stream.state.value,
        "offered_utc_us": stream.offered_utc_us,
        "since_utc_us": stream.since_utc_us,
        "started_utc_us": stream.started_utc_us,
        "seen_utc_us": stream.seen_utc_us,
        "ended_utc_us": stream.ended_utc_us,
        "reason": stream.reason[:200],
        "losses": stream.losses,
    }


def _stream_of(row: Row[Any]) -> Stream:
    values = dict(row._mapping)
    return Stream(**{**values, "state": State(values["state"]), "changed": False})
