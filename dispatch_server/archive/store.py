"""Recordings and their segments in the database; all of it can be made again from the folders."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.model import Card, Part, Recording, Segment, State
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert

AT_ONCE = 500  # ids in one statement

recordings = Table(
    "recordings",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("stream_id", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("department", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_utc_us", BigInteger, nullable=False),
    Column("ended_utc_us", BigInteger, nullable=False),
    Column("closed_utc_us", BigInteger),
    Column("reason", String(200), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("fragments", Integer, nullable=False),
    Column("kept_us", BigInteger, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("thumbnail", Boolean, nullable=False),
    Column("layer", String(16), nullable=False, server_default="main"),
    Column("origin", String(16), nullable=False, server_default="server"),
    Column("enforcement_id", String(36), nullable=False, server_default=""),
    Column("device_key", String(64), nullable=False, server_default=""),
    Column("clock_offset_us", BigInteger, nullable=False, server_default="0"),
    Column("changed_utc_us", BigInteger, nullable=False, server_default="0"),  # state, hold, or what was saved of it
    Index("ix_recordings_enforcement_id", "enforcement_id"),
    Index("ix_recordings_opened_utc_us_id", "opened_utc_us", "id"),
    Index("ix_recordings_source_opened_utc_us", "source", "opened_utc_us"),
    Index("ix_recordings_department_opened_utc_us", "department", "opened_utc_us"),
    Index("ix_recordings_state", "state"),
    Index("ix_recordings_changed_utc_us_id", "changed_utc_us", "id"),
)

segments = Table(
    "recording_segments",
    METADATA,
    Column("recording_id", String(36), ForeignKey("recordings.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("root", Integer, nullable=False),
    Column("utc_us", BigInteger, nullable=False),
    Column("init_bytes", Integer, nullable=False),
    Column("video", String(32), nullable=False),
    Column("sound", String(32), nullable=False),
    Column("layer", String(16), nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("fragments", Integer, nullable=False),
    Column("suspect", Boolean, nullable=False),
    Column("parts", Text, nullable=False),  # what a playlist lists, so that none is made from the index
    Index("ix_recording_segments_utc_us", "utc_us"),
)


@dataclass(frozen=True, slots=True)
class Query:
    """Newest first. `scope` is what the person may see, `department` the subtree that was asked for."""

    limit: int
    scope: Scope = COUNTY
    source: str | None = None
    department: str | None = None
    from_utc_us: int | None = None
    to_utc_us: int | None = None
    after: tuple[int, str] | None = None  # opened and id of the last one that was listed


class RecordingStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, changed: Sequence[Recording], of_them: Sequence[Segment], utc_us: int | None = None) -> None:
        """`utc_us`: now; without it each counts as changed when it ended."""
        async with self._database.transaction() as connection:
            await save_rows(connection, changed, of_them, utc_us)

    async def end_recovered(self, recording: Recording, of_it: Sequence[Segment], utc_us: int) -> bool:
        """Its end and its segments; the rest of an open row stays. False when it has a row that is not open."""
        mine = recordings.c.id == recording.card.id
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(recordings).where(mine).with_for_update())).one_or_none()
            if row is not None and row.state != State.OPEN:
                return False
            recording.thumbnail = bool(row.thumbnail) if row is not None else False
            await save_rows(connection, [recording], of_it, utc_us)
        return True

    async def open_recordings(self) -> list[Recording]:
        async with self._database.reading() as connection:
            rows = await connection.execute(select(recordings).where(recordings.c.state == State.OPEN))
            return [recording_of(row) for row in rows]

    async def find(self, recording_id: str, scope: Scope = COUNTY) -> Recording | None:
        asked = select(recordings).where(recordings.c.id == recording_id, in_scope(recordings.c.department, scope))
        async with self._database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
            return None if row is None else recording_of(row)

    async def find_all(self, recording_ids: Sequence[str], scope: Scope = COUNTY) -> dict[str, Recording]:
        """Those of them that there are, by id."""
        found: dict[str, Recording] = {}
        async with self._database.reading() as connection:
            for first in range(0, len(recording_ids), AT_ONCE):
                some = recordings.c.id.in_(recording_ids[first : first + AT_ONCE])
                asked = select(recordings).where(some, in_scope(recordings.c.department, scope))
                found |= {row.id: recording_of(row) for row in await connection.execute(asked)}
        return found

    async def segments_of(self, recording_id: str) -> list[Segment]:
        asked = select(segments).where(segments.c.recording_id == recording_id).order_by(segments.c.number)
        async with self._database.reading() as connection:
            return [_segment(row) for row in await connection.execute(asked)]

    async def segment(self, recording_id: str, number: int) -> Segment | None:
        same = (segments.c.recording_id == recording_id) & (segments.c.number == number)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(segments).where(same))).one_or_none()
            return None if row is None else _segment(row)

    async def search(self, query: Query) -> list[Recording]:
        table = recordings.c
        asked = select(recordings).where(in_scope(table.department, query.scope))
        if query.department:
            asked = asked.where(in_scope(table.department, Scope.of(query.department)))
        if query.source is not None:
            # Only the whole county's scope takes the index by source: it also has the rows of others, and whoever sees
            # a part would be told by the time how many there are. A part's own rows are found by its departments.
            source = table.source if query.scope.is_county else table.source.concat("")
            asked = asked.where(source == query.source)
        if query.from_utc_us is not None:
            asked = asked.where(table.ended_utc_us >= query.from_utc_us)
        if query.to_utc_us is not None:
            asked = asked.where(table.opened_utc_us < query.to_utc_us)
        if query.after is not None:
            asked = asked.where(tuple_(table.opened_utc_us, table.id) < query.after)
        asked = asked.order_by(table.opened_utc_us.desc(), table.id.desc()).limit(query.limit)
        async with self._database.reading() as connection:
            return [recording_of(row) for row in await connection.execute(asked)]


async def save_rows(
    connection: AsyncConnection, changed: Sequence[Recording], of_them: Sequence[Segment], utc_us: int | None = None
) -> None:
    """As a part of somebody's transaction."""
    rows = [_recording_row(one) | {"changed_utc_us": utc_us or _ended_utc_us(one)} for one in changed]
    await upsert(connection, recordings, rows)
    await upsert(connection, segments, [_segment_row(segment) for segment in of_them])


def _recording_row(recording: Recording) -> dict[str, Any]:
    card = recording.card
    return {
        "id": card.id,
        "stream_id": card.stream_id,
        "source": card.source,
        "department": card.department,
        "opened_utc_us": card.opened_utc_us,
        "state": recording.state.value,
        "ended_utc_us": recording.ended_utc_us,
        "closed_utc_us": recording.closed_utc_us,
        "reason": recording.reason[:200],
        "bytes": recording.bytes,
        "fragments": recording.fragments,
        "kept_us": recording.kept_us,
        "gaps": recording.gaps,
        "thumbnail": recording.thumbnail,
        "layer": card.layer,
        "origin": str(card.origin),
        "enforcement_id": card.enforcement,
        "device_key": card.device_key,
        "clock_offset_us": card.clock_offset_us,
    }


def _ended_utc_us(recording: Recording) -> int:
    return max(recording.card.opened_utc_us, recording.ended_utc_us, recording.closed_utc_us or 0)


def recording_of(row: Row[Any]) -> Recording:
    return Recording(
        Card(
            row.id,
            row.stream_id,
            row.source,
            row.department,
            row.opened_utc_us,
            row.layer,
            row.origin,
            row.enforcement_id,
            row.device_key,
            row.clock_offset_us,
        ),
        state=State(row.state),
        ended_utc_us=row.ended_utc_us,
        bytes=row.bytes,
        fragments=row.fragments,
        kept_us=row.kept_us,
        gaps=row.gaps,
        thumbnail=row.thumbnail,
        closed_utc_us=row.closed_utc_us,
        reason=row.reason,
    )


def _segment_row(segment: Segment) -> dict[str, Any]:
    names = [column.name for column in segments.columns if column.name != "parts"]
    parts = [[part.offset, part.bytes, part.utc_us, part.duration_us] for part in segment.parts]
    return {name: getattr(segment, name) for name in names} | {"parts": json.dumps(parts, separators=(",", ":"))}


def _segment(row: Row[Any]) -> Segment:
    plain = dict(row._mapping)
    parts = tuple(Part(*values) for values in json.loads(plain.pop("parts")))
    return Segment(**plain, parts=parts)
