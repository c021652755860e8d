"""Which recordings lie in the bucket, and which sealed ones do not yet."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, delete, select, update

from dispatch_server.archive.bucket.model import Copied
from dispatch_server.archive.model import Card, State
from dispatch_server.archive.store import recording_of, recordings
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.upserts import upsert

copies = Table(
    "recording_copies",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("folder", String(80), nullable=False),
    Column("copied_utc_us", BigInteger, nullable=False),
    Column("due_utc_us", BigInteger, nullable=False),
    Index("ix_recording_copies_due_utc_us", "due_utc_us"),
)
CLOSED_FOR_GOOD = (State.SEALED.value, State.HELD.value)


class CopyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, limit: int) -> list[Card]:
        """Sealed recordings that are not in the bucket, oldest first."""
        asked = (
            select(recordings)
            .outerjoin(copies, copies.c.recording_id == recordings.c.id)
            .where(recordings.c.state.in_(CLOSED_FOR_GOOD), copies.c.recording_id.is_(None))
            .order_by(recordings.c.opened_utc_us)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [recording_of(row).card for row in await connection.execute(asked)]

    async def is_copied(self, recording_id: str) -> bool:
        asked = select(copies.c.recording_id).where(copies.c.recording_id == recording_id)
        async with self._database.reading() as connection:
            return (await connection.execute(asked)).first() is not None

    async def due(self, utc_us: int, limit: int) -> list[Copied]:
        """Those whose media may go from this machine."""
        asked = select(copies).where(copies.c.due_utc_us > 0, copies.c.due_utc_us <= utc_us).limit(limit)
        async with self._database.reading() as connection:
            return [Copied(**row._mapping) for row in await connection.execute(asked)]

    async def purged(self, limit: int) -> list[Card]:
        """Those that were destroyed here, and lie there still."""
        asked = (
            select(recordings)
            .join(copies, copies.c.recording_id == recordings.c.id)
            .where(recordings.c.state == State.PURGED.value)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [recording_of(row).card for row in await connection.execute(asked)]

    async def forget(self, recording_id: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(copies).where(copies.c.recording_id == recording_id))

    async def save(self, copied: Copied) -> None:
        async with self._database.transaction() as connection:
            row = {name: getattr(copied, name) for name in copies.columns.keys()}  # noqa: SIM118 - of columns, by name
            await upsert(connection, copies, [row])

    async def set_due(self, recording_id: str, due_utc_us: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                update(copies).where(copies.c.recording_id == recording_id).values(due_utc_us=due_utc_us)
            )
