"""Which recordings lie in the bucket, and which sealed ones do not yet."""

from collections.abc import Sequence

from sqlalchemy import and_, delete, exists, func, or_, select, update

from dispatch_server.archive.bucket.model import BEGUN, LOOK_AGAIN, Copied
from dispatch_server.archive.bucket.table import copies
from dispatch_server.archive.model import Card, State
from dispatch_server.archive.seals.store import recording_seals
from dispatch_server.archive.store import recording_of, recordings
from dispatch_server.archive.uploads.store import master_segments
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.upserts import upsert

_HAS_SEAL = or_(
    recordings.c.state == State.SEALED.value,
    and_(recordings.c.state == State.HELD.value, func.coalesce(recording_seals.c.key, "") != ""),
)
_LACKING = exists().where(master_segments.c.recording_id == recordings.c.id, master_segments.c.digest.is_(None))


class CopyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, limit: int, but: Sequence[str] = ()) -> list[Card]:
        """Those that carry a seal, of which all has come, and that are not in the bucket; oldest first."""
        asked = (
            select(recordings)
            .outerjoin(copies, copies.c.recording_id == recordings.c.id)
            .outerjoin(recording_seals, recording_seals.c.recording_id == recordings.c.id)
            .where(_HAS_SEAL, ~_LACKING, or_(copies.c.recording_id.is_(None), copies.c.copied_utc_us == BEGUN))
            .where(recordings.c.id.not_in(but))
            .order_by(recordings.c.opened_utc_us)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [recording_of(row).card for row in await connection.execute(asked)]

    async def incomplete(self, limit: int, but: Sequence[str] = ()) -> list[tuple[Card, Copied]]:
        """Copied ones whose folder may hold more by now."""
        asked = (
            select(recordings, copies.c.folder, copies.c.copied_utc_us, copies.c.due_utc_us)
            .join(copies, copies.c.recording_id == recordings.c.id)
            .where(copies.c.copied_utc_us == LOOK_AGAIN, recordings.c.state != State.PURGED.value)
            .where(recordings.c.id.not_in(but))
            .limit(limit)
        )
        async with self._database.reading() as connection:
            return [
                (recording_of(row).card, Copied(row.id, row.folder, row.copied_utc_us, row.due_utc_us))
                for row in await connection.execute(asked)
            ]

    async def is_copied(self, recording_id: str) -> bool:
        asked = select(copies.c.recording_id).where(
            copies.c.recording_id == recording_id, copies.c.copied_utc_us != BEGUN
        )
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
