"""Seals in the database, with when what they close was read again; all but the last can be made from the folders."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    and_,
    case,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.bucket.table import look_again
from dispatch_server.archive.model import Origin, State
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.store import recordings, segments
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.upserts import upsert

recording_seals = Table(
    "recording_seals",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("sealed_utc_us", BigInteger, nullable=False),
    Column("key", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
    Column("sm3", String(64), nullable=False),
    Column("stamped_utc_us", BigInteger),
    Column("scrubbed_utc_us", BigInteger),
    Column("damage", Text, nullable=False),
    Index("ix_recording_seals_scrubbed_utc_us", "scrubbed_utc_us"),
)
Cursor = tuple[int, str]
Enter = Callable[[AsyncConnection], Awaitable[None]]
_KEPT = (State.SEALED.value, State.HELD.value)
_WAITS = or_(
    recordings.c.state == State.CLOSED.value,
    and_(recordings.c.state == State.HELD.value, recording_seals.c.recording_id.is_(None)),
)


class SealStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def closed(self, after: Cursor, limit: int) -> list[Cursor]:
        """The server's own that wait for their seal, also held ones; those closed first at the front."""
        table = recordings.c
        place = tuple_(table.closed_utc_us, table.id)
        asked = (
            select(table.closed_utc_us, table.id)
            .outerjoin(recording_seals, recording_seals.c.recording_id == table.id)
            .where(_WAITS, table.origin == Origin.SERVER.value, table.closed_utc_us.is_not(None), place > after)
            .order_by(table.closed_utc_us, table.id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            return [(row.closed_utc_us, row.id) for row in await connection.execute(asked)]

    async def seal(self, sealed: Sealed, suspect: Sequence[int], enter: Enter, utc_us: int) -> bool:
        """
        Closed → sealed, and its line in the ledger, in one transaction; what is held stays held. False when it is
        neither any more.
        """
        table = recordings.c
        mine = table.id == sealed.recording_id
        moved = update(recordings).where(mine, table.state == State.CLOSED)
        held = update(recordings).where(mine, table.state == State.HELD)
        marked = update(segments).where(segments.c.recording_id == sealed.recording_id, segments.c.number.in_(suspect))
        async with self.database.transaction() as connection:
            changed = (await connection.execute(moved.values(state=State.SEALED.value, changed_utc_us=utc_us))).rowcount
            if not changed and not (await connection.execute(held.values(state=State.HELD.value))).rowcount:
                return False
            if suspect:
                await connection.execute(marked.values(suspect=True))
            await upsert(connection, recording_seals, [_row(sealed)])
            await enter(connection)
        return True

    async def put(self, sealed: Sealed) -> None:
        async with self.database.transaction() as connection:
            await put_seal(connection, sealed)

    async def find(self, recording_id: str) -> Sealed | None:
        asked = select(recording_seals).where(recording_seals.c.recording_id == recording_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
            return None if row is None else _sealed(row)

    async def unstamped(self, limit: int) -> list[Sealed]:
        table = recording_seals.c
        asked = (
            select(recording_seals)
            .join(recordings, recordings.c.id == table.recording_id)
            .where(table.stamped_utc_us.is_(None), recordings.c.state.in_(_KEPT))
            .where(recordings.c.origin == Origin.SERVER.value)
            .order_by(table.sealed_utc_us.desc())
            .limit(limit)
        )
        async with self.database.reading() as connection:
            return [_sealed(row) for row in await connection.execute(asked)]

    async def stamped(self, recording_id: str, utc_us: int) -> None:
        one = update(recording_seals).where(recording_seals.c.recording_id == recording_id)
        async with self.database.transaction() as connection:
            await connection.execute(one.values(stamped_utc_us=utc_us))
            await look_again(connection, recording_id)

    async def due(self, before_utc_us: int, limit: int, but: Sequence[str] = ()) -> list[str]:
        """
        The sealed recordings that were read before this time, those longest ago at the front. A master that was never
        read is due at once: when it was sealed, its terminal's clock says.
        """
        table, kept = recording_seals.c, recordings.c
        made = func.coalesce(table.sealed_utc_us, kept.closed_utc_us)
        never = case((kept.origin == Origin.TERMINAL.value, 0), else_=made)
        last = func.coalesce(table.scrubbed_utc_us, never)
        asked = (
            select(kept.id)
            .outerjoin(recording_seals, table.recording_id == kept.id)
            .where(kept.state.in_(_KEPT), or_(last < before_utc_us, last.is_(None)), kept.id.not_in(but))
            .order_by(last, kept.id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            return list((await connection.execute(asked)).scalars())

    async def damaged(self, limit: int) -> list[Sealed]:
        asked = select(recording_seals).where(recording_seals.c.damage != "").limit(limit)
        async with self.database.reading() as connection:
            return [_sealed(row) for row in await connection.execute(asked)]

    async def totals(self) -> tuple[int, int, int]:
        """Bytes of all that is sealed, how many recordings wait for their seal, and how many are damaged."""
        kept = recordings.c
        asked = (
            select(func.coalesce(func.sum(kept.bytes), 0)).where(kept.state.in_(_KEPT)),
            select(func.count()).where(kept.state == State.CLOSED, kept.origin == Origin.SERVER.value),
            select(func.count()).where(recording_seals.c.damage != ""),
        )
        async with self.database.reading() as connection:
            size, waiting, damaged = [int((await connection.execute(one)).scalar_one()) for one in asked]
            return size, waiting, damaged


async def put_seal(connection: AsyncConnection, sealed: Sealed) -> None:
    """As a part of somebody's transaction."""
    await upsert(connection, recording_seals, [_row(sealed)])


def _row(sealed: Sealed) -> dict[str, Any]:
    return {column.name: getattr(sealed, column.name) for column in recording_seals.columns}


def _sealed(row: Row[Any]) -> Sealed:
    return Sealed(**row._mapping)
