"""Exports and their links in the database."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.exports.model import Asking, Export, LeftOut, Link, Mode, Of, State
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.scoping import in_scope

exports = Table(
    "exports",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("department", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asking_of", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("recordings", Text, nullable=False),  # a JSON list of ids
    Column("mode", String(16), nullable=False),
    Column("purpose", String(200), nullable=False),
    Column("recipient", String(200), nullable=False),
    Column("viewer", String(64), nullable=False),
    Column("hours", Integer, nullable=False),
    Column("downloads", Integer, nullable=False),
    Column("requested_by", String(64), nullable=False),
    Column("requested_name", String(100), nullable=False),
    Column("requested_utc_us", BigInteger, nullable=False),
    Column("ends_utc_us", BigInteger, nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("decided_name", String(100), nullable=False),
    Column("decided_utc_us", BigInteger, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("note", String(400), nullable=False),
    Column("ready_utc_us", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("layout", String(64), nullable=False),
    Column("layout_digest", String(64), nullable=False),
    Column("manifest_digest", String(64), nullable=False),
    Column("fetched", Integer, nullable=False),
    Column("left_out", Text, nullable=False, server_default="[]"),  # a JSON list of id and why
    Column("sent_bytes", BigInteger, nullable=False, server_default="0"),
    Index("ix_exports_department_id", "department", "id"),
    Index("ix_exports_state_ends_utc_us", "state", "ends_utc_us"),
    Index("ix_exports_viewer", "viewer"),
)

links = Table(
    "export_links",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("export_id", String(36), ForeignKey("exports.id"), nullable=False),
    Column("session", String(64), nullable=False),
    Column("person", String(64), nullable=False),
    Column("until_utc_us", BigInteger, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("resumptions", Integer, nullable=False),
    Index("ix_export_links_export_id", "export_id"),
)
_OPEN = (State.REQUESTED, State.APPROVED)
_ASKING = {"of": "asking_of"}


class ExportStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def find(self, export_id: str, scope: Scope, viewer: str = "") -> Export | None:
        """`viewer`: a person who may see those that were asked for them, wherever they are."""
        async with self.database.reading() as connection:
            return await self.find_in(connection, export_id, scope, viewer)

    async def find_in(
        self, connection: AsyncConnection, export_id: str, scope: Scope, viewer: str = ""
    ) -> Export | None:
        seen = in_scope(exports.c.department, scope)
        if viewer:
            seen = or_(seen, exports.c.viewer == viewer)
        row = (await connection.execute(select(exports).where(exports.c.id == export_id, seen))).one_or_none()
        return _export(row) if row is not None else None

    async def page(
        self, scope: Scope, limit: int, before: str | None, states: Sequence[State], asker: str = ""
    ) -> list[Export]:
        """Newest first. No state: any; `asker`: only what this person asked for."""
        asked = select(exports).where(in_scope(exports.c.department, scope))
        if before is not None:
            asked = asked.where(exports.c.id < before)
        if states:
            asked = asked.where(exports.c.state.in_(states))
        if asker:
            asked = asked.where(exports.c.requested_by == asker)
        async with self.database.reading() as connection:
            return [_export(row) for row in await connection.execute(asked.order_by(exports.c.id.desc()).limit(limit))]

    async def in_state(self, state: State, limit: int) -> list[Export]:
        """Oldest first, whoever asked."""
        asked = select(exports).where(exports.c.state == state).order_by(exports.c.id).limit(limit)
        async with self.database.reading() as connection:
            return [_export(row) for row in await connection.execute(asked)]

    async def under_way(self) -> set[str]:
        """Recordings that are asked for, being prepared, or fetched: packages are sent from the originals."""
        asked = select(exports.c.recordings).where(exports.c.state.in_((*_OPEN, State.READY)))
        async with self.database.reading() as connection:
            return {one for row in await connection.execute(asked) for one in _ids(row.recordings)}

    async def may_fetch(self, person_id: str, recording_id: str, utc_us: int) -> bool:
        """Whether a package with this recording is ready for this person."""
        asked = select(exports.c.id).where(
            exports.c.state == State.READY,
            exports.c.mode == Mode.DOWNLOAD.value,
            exports.c.requested_by == person_id,
            exports.c.ends_utc_us > utc_us,
            exports.c.recordings.contains(json.dumps(recording_id), autoescape=True),
        )
        async with self.database.reading() as connection:
            return (await connection.execute(asked.limit(1))).first() is not None

    async def over(self, utc_us: int, limit: int) -> list[Export]:
        states = (*_OPEN, State.READY)
        asked = select(exports).where(exports.c.state.in_(states), exports.c.ends_utc_us <= utc_us).limit(limit)
        async with self.database.reading() as connection:
            return [_export(row) for row in await connection.execute(asked)]

    async def count_open(self, connection: AsyncConnection) -> int:
        asked = select(func.count()).select_from(exports).where(exports.c.state.in_(_OPEN))
        return int((await connection.execute(asked)).scalar_one())

    async def add(self, connection: AsyncConnection, export: Export) -> None:
        await connection.execute(insert(exports).values(_row(export)))

    async def change(self, connection: AsyncConnection, export: Export, before: State) -> bool:
        """False when it is not in the state any more that it was read in: somebody else was faster."""
        query = update(exports).where(exports.c.id == export.id, exports.c.state == before).values(_changes(export))
        return bool((await connection.execute(query)).rowcount)

    async def note(self, export_id: str, note: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(update(exports).where(exports.c.id == export_id).values(note=note[:400]))

    # Links.

    async def add_link(self, connection: AsyncConnection, link: Link) -> None:
        values = {name: value for name, value in asdict(link).items() if name in links.c}
        await connection.execute(insert(links).values(values))

    async def count_links(self, connection: AsyncConnection, export_id: str) -> int:
        asked = select(func.count()).select_from(links).where(links.c.export_id == export_id)
        return int((await connection.execute(asked)).scalar_one())

    async def link(self, connection: AsyncConnection, digest: str, export_id: str) -> Link | None:
        asked = select(links).where(links.c.digest == digest, links.c.export_id == export_id)
        row = (await connection.execute(asked)).one_or_none()
        return Link(**row._mapping) if row is not None else None

    async def add_sent(self, export_id: str, count: int) -> None:
        more = update(exports).where(exports.c.id == export_id).values(sent_bytes=exports.c.sent_bytes + count)
        async with self.database.transaction() as connection:
            await connection.execute(more)

    async def use(self, connection: AsyncConnection, link: Link, starts: bool, most: int) -> bool:
        """Counts a download that begins, or one that is resumed; False when no more is allowed."""
        if starts:
            begun = update(exports).where(exports.c.id == link.export_id, exports.c.fetched < exports.c.downloads)
            if not (await connection.execute(begun.values(fetched=exports.c.fetched + 1))).rowcount:
                return False
            counted = update(links).where(links.c.digest == link.digest).values(starts=links.c.starts + 1)
        else:
            may = (links.c.digest == link.digest) & (links.c.starts > 0) & (links.c.resumptions < most)
            counted = update(links).where(may).values(resumptions=links.c.resumptions + 1)
        return bool((await connection.execute(counted)).rowcount)


def _row(export: Export) -> dict[str, Any]:
    asking = export.asking
    plain = {name: getattr(export, name) for name in Export.__dataclass_fields__ if name not in ("asking", "state")}
    told = {_ASKING.get(name, name): getattr(asking, name) for name in Asking.__dataclass_fields__}
    texts = {"recordings": json.dumps(asking.recordings), "asking_of": asking.of.value, "mode": asking.mode.value}
    left_out = json.dumps([[one.recording_id, one.why] for one in export.left_out])
    return {**plain, **told, **texts, "state": export.state.value, "left_out": left_out}


def _changes(export: Export) -> dict[str, Any]:
    """What goes on being sent meanwhile is counted elsewhere."""
    return {name: value for name, value in _row(export).items() if name != "sent_bytes"}


def _export(row: Row[Any]) -> Export:
    plain = dict(row._mapping)
    asking = Asking(
        of=Of(plain.pop("asking_of")),
        subject=plain.pop("subject"),
        recordings=_ids(plain.pop("recordings")),
        mode=Mode(plain.pop("mode")),
        purpose=plain.pop("purpose"),
        recipient=plain.pop("recipient"),
        viewer=plain.pop("viewer"),
        hours=plain.pop("hours"),
        downloads=plain.pop("downloads"),
    )
    left_out = tuple(LeftOut(*one) for one in json.loads(plain.pop("left_out")))
    return Export(asking=asking, state=State(plain.pop("state")), left_out=left_out, **plain)


def _ids(text: str) -> tuple[str, ...]:
    plain: Sequence[str] = json.loads(text)
    return tuple(plain)
