"""Coverage, links and picture faults in the database."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, func, select

from dispatch_server.archive.coverage import tables
from dispatch_server.archive.coverage.index_spans import SegmentSpans
from dispatch_server.archive.coverage.joint import Listed
from dispatch_server.archive.coverage.model import ANY, Absence, Coverage, Kind, Link, PictureFault, Run, Span
from dispatch_server.archive.model import Origin, Recording, State
from dispatch_server.archive.store import recording_of, recordings, segments
from dispatch_server.archive.uploads.store import master_segments, masters
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert

MOST_RECORDINGS = 1_000  # of one terminal in one enforcement
NEAR_US = 60_000_000  # a clock that was set while a segment was written moves its parts against its own times
MOST_FAULTS = 10_000  # of one recording


class Head(NamedTuple):
    """What must be known of a segment to know whether its index was read."""

    number: int
    root: int
    bytes: int


class CoverageStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    # Recordings of a terminal in a stretch, whoever kept them.

    async def recordings_in(self, source: str, begin: int, end: int) -> list[Recording]:
        table = recordings.c
        asked = select(recordings).where(
            table.source == source, table.opened_utc_us < end, (table.ended_utc_us > begin) | (table.state == "open")
        )
        async with self.database.reading() as connection:
            rows = await connection.execute(asked.order_by(table.opened_utc_us).limit(MOST_RECORDINGS))
            return [recording_of(row) for row in rows]

    async def masters_of(self, enforcement_id: str) -> list[Recording]:
        table = recordings.c
        asked = select(recordings).where(table.enforcement_id == enforcement_id, table.origin == Origin.TERMINAL)
        async with self.database.reading() as connection:
            return [recording_of(row) for row in await connection.execute(asked.limit(MOST_RECORDINGS))]

    async def is_kept_on_board(self, enforcement_id: str, source: str, since_utc_us: int) -> bool:
        """
        Whether its terminal has a master of this enforcement that is open, and was heard of since then; or whether
        one covers this time. It tells of one master at a time: to hear of another of its masters is as good.
        """
        table = recordings.c
        own = select(table.id).where(table.enforcement_id == enforcement_id, table.source == source)
        own = own.where(table.origin == Origin.TERMINAL)
        heard = select(masters.c.recording_id).join(recordings, table.id == masters.c.recording_id)
        heard = heard.where(table.source == source, masters.c.heard_utc_us >= since_utc_us)
        async with self.database.reading() as connection:
            covers = own.where(table.ended_utc_us >= since_utc_us).limit(1)
            if (await connection.execute(covers)).first() is not None:
                return True
            is_open = (await connection.execute(own.where(table.state == State.OPEN).limit(1))).first() is not None
            return is_open and (await connection.execute(heard.limit(1))).first() is not None

    # What came in late, also by a program beside this one.

    async def backfilled_since(self, utc_us: int, limit: int) -> list[tuple[str, int]]:
        """Masters of which footage was receipted since then, with when it last was; oldest first."""
        of, newest = master_segments.c, func.max(master_segments.c.receipt_utc_us)
        asked = select(of.recording_id, newest).join(masters, masters.c.recording_id == of.recording_id)
        # To keep a segment is to hear of its master, and that has an index.
        asked = asked.where(masters.c.heard_utc_us >= utc_us, of.receipt_utc_us >= utc_us)
        asked = asked.group_by(of.recording_id).order_by(newest, of.recording_id).limit(limit)
        async with self.database.reading() as connection:
            return [(row[0], int(row[1])) for row in await connection.execute(asked)]

    async def last_computed(self) -> int:
        async with self.database.reading() as connection:
            newest = await connection.execute(select(func.max(tables.coverage.c.computed_utc_us)))
            return int(newest.scalar_one() or 0)

    # Segments of a recording, as far as a playlist needs them.

    async def listed_in(self, recording_id: str, within: Span | None = None) -> list[Listed]:
        """Those that have any of the stretch."""
        table = segments.c
        asked = select(table.recording_id, table.number, table.init_bytes, table.video, table.parts)
        asked = asked.where(table.recording_id == recording_id)
        if within is not None:
            begun, ended = table.utc_us, table.utc_us + table.duration_us
            asked = asked.where(begun < within.to_utc_us + NEAR_US, ended > within.from_utc_us - NEAR_US)
        async with self.database.reading() as connection:
            rows = (await connection.execute(asked.order_by(table.number))).all()
        return [Listed(one, number, head, bool(video), parts) for one, number, head, video, parts in rows]

    async def heads_of(self, recording_ids: Iterable[str]) -> dict[str, list[Head]]:
        """Each recording's segments without their parts, by number."""
        table, wanted = segments.c, list(recording_ids)
        found: dict[str, list[Head]] = {}
        async with self.database.reading() as connection:
            for first in range(0, len(wanted), 500):
                asked = select(table.recording_id, table.number, table.root, table.bytes)
                asked = asked.where(table.recording_id.in_(wanted[first : first + 500])).order_by(table.number)
                for one, *head in await connection.execute(asked):
                    found.setdefault(one, []).append(Head(*head))
        return found

    # Spans of segments.

    async def spans_of(self, recording_ids: Iterable[str]) -> dict[tuple[str, int], SegmentSpans]:
        wanted = list(recording_ids)
        found: dict[tuple[str, int], SegmentSpans] = {}
        async with self.database.reading() as connection:
            for first in range(0, len(wanted), 500):
                asked = select(tables.segment_spans).where(
                    tables.segment_spans.c.recording_id.in_(wanted[first : first + 500])
                )
                for row in await connection.execute(asked):
                    found[row.recording_id, row.number] = _spans(row)
        return found

    async def save_spans(self, spans: Sequence[SegmentSpans]) -> None:
        rows = [
            {
                "recording_id": one.recording_id,
                "number": one.number,
                "bytes": one.bytes,
                "spans": json.dumps([[s.from_utc_us, s.to_utc_us] for s in one.spans]),
                "gaps": json.dumps([[g.from_utc_us, g.to_utc_us, g.reason] for g in one.gaps], ensure_ascii=False),
            }
            for one in spans
        ]
        async with self.database.transaction() as connection:
            await upsert(connection, tables.segment_spans, rows)

    # Links and coverage.

    async def save(self, found: Sequence[Coverage], linked: Sequence[Link]) -> None:
        """All of one enforcement, in place of what was known of it."""
        enforcement_id = found[0].enforcement_id
        async with self.database.transaction() as connection:
            for table in (tables.links, tables.coverage):
                await connection.execute(delete(table).where(table.c.enforcement_id == enforcement_id))
            await upsert(connection, tables.links, [_link_row(one) for one in linked])
            await upsert(connection, tables.coverage, [_coverage_row(one) for one in found])

    async def coverage_of(self, enforcement_id: str) -> list[Coverage]:
        table = tables.coverage
        asked = select(table).where(table.c.enforcement_id == enforcement_id).order_by(table.c.source)
        async with self.database.reading() as connection:
            return [_coverage(row) for row in await connection.execute(asked)]

    async def links_of(self, enforcement_id: str, scope: Scope = COUNTY) -> list[Link]:
        table = tables.links
        asked = select(table).where(table.c.enforcement_id == enforcement_id, in_scope(table.c.department, scope))
        async with self.database.reading() as connection:
            return [Link(**row._mapping) for row in await connection.execute(asked.order_by(table.c.recording_id))]

    async def enforcements_of(self, recording_id: str) -> list[str]:
        asked = select(tables.links.c.enforcement_id).where(tables.links.c.recording_id == recording_id)
        async with self.database.reading() as connection:
            return sorted((await connection.execute(asked)).scalars())

    async def enforcements_at(self, source: str, begin: int, end: int) -> list[str]:
        """Those that are known with that terminal in that stretch."""
        table = tables.coverage.c
        asked = select(table.enforcement_id).where(
            table.source == source, table.to_utc_us >= begin, table.from_utc_us <= end
        )
        async with self.database.reading() as connection:
            return list((await connection.execute(asked.limit(MOST_RECORDINGS))).scalars())

    async def recent(self, since_utc_us: int, limit: int) -> list[str]:
        table = tables.coverage.c
        asked = select(table.enforcement_id).where(table.to_utc_us >= since_utc_us, table.source == ANY)
        async with self.database.reading() as connection:
            return list((await connection.execute(asked.order_by(table.to_utc_us.desc()).limit(limit))).scalars())

    # Picture faults.

    async def add_fault(self, fault: PictureFault) -> None:
        row = {"recording_id": fault.recording_id, "utc_us": fault.utc_us, "marks": ",".join(fault.marks)[:64]}
        async with self.database.transaction() as connection:
            await upsert(connection, tables.picture_faults, [row])

    async def faults_of(self, recording_ids: Sequence[str]) -> list[PictureFault]:
        table = tables.picture_faults
        asked = select(table).where(table.c.recording_id.in_(recording_ids[:500])).order_by(table.c.utc_us)
        async with self.database.reading() as connection:
            rows = await connection.execute(asked.limit(MOST_FAULTS))
            return [PictureFault(row.recording_id, row.utc_us, _marks(row.marks)) for row in rows]


def _marks(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split(",") if one)


def _spans(row: Row[Any]) -> SegmentSpans:
    spans = tuple(Span(*values) for values in json.loads(row.spans))
    gaps = tuple(Absence(*values) for values in json.loads(row.gaps))
    return SegmentSpans(row.recording_id, row.number, row.bytes, spans, gaps)


def _link_row(link: Link) -> dict[str, Any]:
    return {
        "enforcement_id": link.enforcement_id,
        "recording_id": link.recording_id,
        "source": link.source,
        "origin": str(link.origin),
        "department": link.department,
    }


def _coverage_row(one: Coverage) -> dict[str, Any]:
    names = (
        "enforcement_id", "source", "department", "from_utc_us", "to_utc_us", "per_mille", "missing_us", "stated_us",
        "joined_us", "is_complete", "computed_utc_us",
    )  # fmt: skip
    # Each run begins where the one before ends: the end alone says it.
    runs = [[run.to_utc_us, run.kind.value, run.reason, int(run.stated)] for run in one.runs]
    return {name: getattr(one, name) for name in names} | {"runs": json.dumps(runs, ensure_ascii=False)}


def _coverage(row: Row[Any]) -> Coverage:
    runs, at = [], row.from_utc_us
    for until, kind, reason, stated in json.loads(row.runs):
        runs.append(Run(at, until, Kind(kind), reason, bool(stated)))
        at = until
    return Coverage(
        row.enforcement_id, row.department, row.source, tuple(runs), row.per_mille, row.missing_us, row.stated_us,
        row.joined_us, row.is_complete, row.computed_utc_us,
    )  # fmt: skip
