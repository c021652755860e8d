"""Derivatives in the database; their bytes are objects, written once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Row, String, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.derivatives.model import Derivative, Kind, State
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.scoping import in_scope

# No foreign key: a derivative stays when its original is destroyed, and says of which it was made.
derivatives = Table(
    "derivatives",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("recording_id", String(64), nullable=False),
    Column("department", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_from_utc_us", BigInteger, nullable=False),
    Column("asked_to_utc_us", BigInteger, nullable=False),
    Column("from_utc_us", BigInteger, nullable=False),
    Column("to_utc_us", BigInteger, nullable=False),
    Column("mark", String(200), nullable=False),
    Column("picture", String(8), nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("made_name", String(100), nullable=False),
    Column("made_utc_us", BigInteger, nullable=False),
    Column("chain", String(64), nullable=False),
    Column("original_digest", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("content", String(64), nullable=False),
    Column("origin", String(64), nullable=False),
    Column("note", String(400), nullable=False),
    Index("ix_derivatives_recording_id_id", "recording_id", "id"),
    Index("ix_derivatives_department_id", "department", "id"),
    Index("ix_derivatives_state", "state"),
)


class DerivativeStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def find(self, derivative_id: str, scope: Scope) -> Derivative | None:
        asked = select(derivatives).where(derivatives.c.id == derivative_id, in_scope(derivatives.c.department, scope))
        async with self.database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
        return _derivative(row) if row is not None else None

    async def page(self, scope: Scope, limit: int, before: str | None, recording_id: str | None) -> list[Derivative]:
        """Newest first."""
        asked = select(derivatives).where(in_scope(derivatives.c.department, scope))
        if before is not None:
            asked = asked.where(derivatives.c.id < before)
        if recording_id is not None:
            asked = asked.where(derivatives.c.recording_id == recording_id)
        asked = asked.order_by(derivatives.c.id.desc()).limit(limit)
        async with self.database.reading() as connection:
            return [_derivative(row) for row in await connection.execute(asked)]

    async def of_recordings(self, recording_ids: Sequence[str], scope: Scope, limit: int) -> list[Derivative]:
        """Those that are ready, newest first."""
        asked = select(derivatives).where(in_scope(derivatives.c.department, scope))
        asked = asked.where(derivatives.c.recording_id.in_(recording_ids[:500]), derivatives.c.state == State.READY)
        asked = asked.order_by(derivatives.c.id.desc()).limit(limit)
        async with self.database.reading() as connection:
            return [_derivative(row) for row in await connection.execute(asked)]

    async def waiting(self, limit: int) -> list[Derivative]:
        """Oldest first."""
        asked = select(derivatives).where(derivatives.c.state == State.ASKED).order_by(derivatives.c.id).limit(limit)
        async with self.database.reading() as connection:
            return [_derivative(row) for row in await connection.execute(asked)]

    async def count_waiting(self, connection: AsyncConnection) -> int:
        asked = select(func.count()).select_from(derivatives).where(derivatives.c.state == State.ASKED)
        return int((await connection.execute(asked)).scalar_one())

    async def add(self, connection: AsyncConnection, one: Derivative) -> None:
        await connection.execute(insert(derivatives).values(_row(one)))

    async def finish(self, connection: AsyncConnection, one: Derivative) -> None:
        query = update(derivatives).where(derivatives.c.id == one.id, derivatives.c.state == State.ASKED)
        await connection.execute(query.values(_row(one)))


def _row(one: Derivative) -> dict[str, Any]:
    plain: dict[str, Any] = {name: getattr(one, name) for name in Derivative.__dataclass_fields__}
    return plain | {"kind": one.kind.value, "state": one.state.value, "note": one.note[:400]}


def _derivative(row: Row[Any]) -> Derivative:
    plain = dict(row._mapping)
    return Derivative(**{**plain, "kind": Kind(plain["kind"]), "state": State(plain["state"])})
