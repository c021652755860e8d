"""Masters and their announced segments in the database, with the receipts that were given."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Row, String, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.bucket.table import look_again
from dispatch_server.archive.model import Card, Origin, Recording, Segment, State
from dispatch_server.archive.store import RecordingStore, recording_of, recordings, save_rows, segments
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.worth import Run, lacking_of
from dispatch_server.protocol.masters import Receipt
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.upserts import upsert

RUNS_AT_MOST = 20_000

masters = Table(
    "masters",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("heard_utc_us", BigInteger, nullable=False),
    Index("ix_masters_heard_utc_us", "heard_utc_us"),
)

master_segments = Table(
    "master_segments",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("index_digest", String(64), nullable=False),
    Column("chain", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sealed_bytes", BigInteger, nullable=False),
    Column("from_utc_us", BigInteger, nullable=False),
    Column("to_utc_us", BigInteger, nullable=False),
    Column("last_fragment", BigInteger, nullable=False),
    Column("gaps", Integer, nullable=False),
    # The receipt; none while the media is lacking.
    Column("digest", String(64)),
    Column("receipt_utc_us", BigInteger),
    Column("key_id", String(43)),
    Column("signature", String(128)),
)


@dataclass(frozen=True, slots=True)
class MasterStore:
    database: Database

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.database.transaction()

    async def find(self, recording_id: str) -> Recording | None:
        found = await RecordingStore(self.database).find(recording_id)
        return found if found is not None and found.card.origin == Origin.TERMINAL else None

    async def is_taken(self, recording_id: str) -> bool:
        return await RecordingStore(self.database).find(recording_id) is not None

    async def open_masters(self, source: str) -> int:
        asked = select(func.count()).where(
            recordings.c.source == source, recordings.c.origin == Origin.TERMINAL, recordings.c.state == State.OPEN
        )
        async with self.database.reading() as connection:
            return int((await connection.execute(asked)).scalar_one())

    async def begin(self, connection: AsyncConnection, card: Card, utc_us: int) -> None:
        await save_rows(connection, [Recording(card, ended_utc_us=card.opened_utc_us)], [], utc_us)
        await self.heard(connection, card.id, utc_us)

    async def heard(self, connection: AsyncConnection, recording_id: str, utc_us: int) -> None:
        await upsert(connection, masters, [{"recording_id": recording_id, "heard_utc_us": utc_us}])

    async def segments_of(self, recording_id: str) -> list[AnnouncedSegment]:
        table = master_segments.c
        asked = select(master_segments).where(table.recording_id == recording_id).order_by(table.number)
        async with self.database.reading() as connection:
            return [_announced(row) for row in await connection.execute(asked)]

    async def segment(self, recording_id: str, number: int) -> AnnouncedSegment | None:
        table = master_segments.c
        asked = select(master_segments).where(table.recording_id == recording_id, table.number == number)
        async with self.database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
            return None if row is None else _announced(row)

    async def announce(self, connection: AsyncConnection, segment: AnnouncedSegment) -> None:
        names = [column.name for column in master_segments.columns]
        row: dict[str, Any] = {name: getattr(segment, name, None) for name in names}
        await upsert(connection, master_segments, [row | {"recording_id": segment.recording}])

    async def keep(self, connection: AsyncConnection, segment: Segment, receipt: Receipt) -> Recording:
        """The segment's row, its receipt, and what the recording has now; all or nothing with the transaction."""
        mine = recordings.c.id == segment.recording_id
        row = (await connection.execute(select(recordings).where(mine).with_for_update())).one()
        recording = recording_of(row)
        await save_rows(connection, [], [segment])
        of = master_segments.c
        await connection.execute(
            update(master_segments)
            .where(of.recording_id == receipt.recording, of.number == receipt.segment)
            .values(
                digest=receipt.digest,
                receipt_utc_us=receipt.utc_us,
                key_id=receipt.key_id,
                signature=receipt.signature,
            )
        )
        await look_again(connection, segment.recording_id)
        await _total(connection, recording)
        await save_rows(connection, [recording], [], receipt.utc_us)
        return recording

    async def close(self, connection: AsyncConnection, recording: Recording, before: State, utc_us: int) -> bool:
        """
        State, end and reason alone: a segment may be kept at the same time. False when it is not in the state
        `before` any more.
        """
        closed = await connection.execute(
            update(recordings)
            .where(recordings.c.id == recording.card.id, recordings.c.state == before.value)
            .values(
                state=recording.state.value,
                closed_utc_us=recording.closed_utc_us,
                reason=recording.reason[:200],
                changed_utc_us=utc_us,
            )
        )
        return bool(closed.rowcount == 1)

    async def silent_since(self, utc_us: int, most: int) -> list[Recording]:
        """Masters that are open and were not heard of since then."""
        asked = (
            select(recordings)
            .join(masters, masters.c.recording_id == recordings.c.id)
            .where(recordings.c.state == State.OPEN, masters.c.heard_utc_us < utc_us)
            .limit(most)
        )
        async with self.database.reading() as connection:
            return [recording_of(row) for row in await connection.execute(asked)]

    async def kept_by_server(self, source: str, from_utc_us: int, to_utc_us: int) -> list[Run]:
        """Of which times of this source the server's own recordings have a segment."""
        end = segments.c.utc_us + segments.c.duration_us
        asked = (
            select(segments.c.utc_us, end)
            .join(recordings, recordings.c.id == segments.c.recording_id)
            .where(recordings.c.source == source, recordings.c.origin == Origin.SERVER)
            .where(recordings.c.opened_utc_us < to_utc_us, recordings.c.ended_utc_us > from_utc_us)
            .where(segments.c.utc_us < to_utc_us, end > from_utc_us)
            .order_by(segments.c.utc_us)
            .limit(RUNS_AT_MOST)
        )
        async with self.database.reading() as connection:
            return [(int(row[0]), int(row[1])) for row in await connection.execute(asked)]


async def _total(connection: AsyncConnection, recording: Recording) -> None:
    """Summed anew: two segments of one master may be kept at the same time, in any order."""
    of, same = segments.c, segments.c.recording_id == recording.card.id
    sums = select(
        func.coalesce(func.sum(of.fragments), 0),
        func.coalesce(func.sum(of.bytes - of.init_bytes), 0),
        func.coalesce(func.sum(of.duration_us), 0),
        func.coalesce(func.max(of.utc_us + of.duration_us), 0),
    ).where(same)
    fragments, size, kept_us, ended = (await connection.execute(sums)).one()
    announced = master_segments.c
    gaps = select(func.coalesce(func.sum(announced.gaps), 0)).where(
        announced.recording_id == recording.card.id, announced.digest.is_not(None)
    )
    recording.fragments, recording.bytes, recording.kept_us = int(fragments), int(size), int(kept_us)
    recording.ended_utc_us = max(recording.ended_utc_us, int(ended))
    recording.gaps = int((await connection.execute(gaps)).scalar_one())


def _announced(row: Row[Any]) -> AnnouncedSegment:
    receipt = None
    if row.digest is not None:
        receipt = Receipt(
            recording=row.recording_id,
            segment=row.number,
            bytes=row.bytes,
            digest=row.digest,
            chain=row.chain,
            utc_us=row.receipt_utc_us,
            key_id=row.key_id,
            signature=row.signature,
        )
    return AnnouncedSegment(
        row.recording_id, row.number, row.index_digest, row.chain, row.bytes, row.sealed_bytes,
        row.from_utc_us, row.to_utc_us, row.last_fragment, row.gaps, receipt,
    )  # fmt: skip


class ServerLacks:
    """The simple rule: what none of the server's own segments of a source spans. Coverage has a better one."""

    def __init__(self, store: MasterStore) -> None:
        self._store = store

    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[Run]:
        return lacking_of(await self._store.kept_by_server(source, from_utc_us, to_utc_us), from_utc_us, to_utc_us)
