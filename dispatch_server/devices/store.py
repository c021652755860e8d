"""The register in the database: terminals and their keys."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.devices.model import DeviceKey, Facts, State, Terminal
from dispatch_server.devices.ports import Beside
from dispatch_server.devices.refusals import KeyKnown
from dispatch_server.runtime.database import METADATA, Database

REVOKED_AT_MOST = 1_000

terminals = Table(
    "terminals",
    METADATA,
    Column("number", String(8), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("department", String(64), nullable=False),  # path
    Column("state", String(16), nullable=False),
    Column("since_utc_us", BigInteger, nullable=False),
    Column("registered_utc_us", BigInteger, nullable=False),
    Column("seen_utc_us", BigInteger),
    Column("reason", String(200), nullable=False),
    Column("model", String(80), nullable=False),
    Column("serial", String(80), nullable=False),
    Column("system", String(80), nullable=False),
    Column("version", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Index("ix_terminals_department", "department"),
)

device_keys = Table(
    "device_keys",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("terminal", String(8), nullable=False),
    Column("thumbprint", String(43), nullable=False, unique=True),  # for ever: a revoked key does not come back
    Column("algorithm", String(16), nullable=False),
    Column("public_jwk", String(300), nullable=False),
    Column("since_utc_us", BigInteger, nullable=False),
    Column("until_utc_us", BigInteger),  # another one took its place
    Column("revoked_utc_us", BigInteger),
    Index("ix_device_keys_terminal", "terminal"),
)
# One key that holds for a terminal, whichever node enrols it.
Index(
    "uq_device_keys_valid_terminal",
    device_keys.c.terminal,
    unique=True,
    sqlite_where=device_keys.c.until_utc_us.is_(None),
    postgresql_where=device_keys.c.until_utc_us.is_(None),
)


class RegisterStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def revision(self) -> tuple[int, int]:
        query = select(func.count(), func.coalesce(func.sum(terminals.c.revision), 0)).select_from(terminals)
        async with self._database.reading() as connection:
            count, total = (await connection.execute(query)).one()
        return int(count), int(total)

    async def all(self) -> tuple[list[Terminal], list[DeviceKey]]:
        keys = select(device_keys).where(device_keys.c.revoked_utc_us.is_(None)).order_by(device_keys.c.since_utc_us)
        async with self._database.reading() as connection:
            found = await connection.execute(select(terminals).order_by(terminals.c.number))
            known = [terminal_of(row) for row in found]
            return known, [_key_of(row) for row in await connection.execute(keys)]

    async def key_ever_of(self, number: str, thumbprint: str) -> DeviceKey | None:
        """Also one that another followed, or that was revoked: for what it signed while it held."""
        query = select(device_keys).where(device_keys.c.terminal == number, device_keys.c.thumbprint == thumbprint)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
            return None if row is None else _key_of(row)

    async def keys_ever_of(self, number: str) -> list[DeviceKey]:
        """All of a terminal, as `key_ever_of` finds one."""
        query = select(device_keys).where(device_keys.c.terminal == number).order_by(device_keys.c.since_utc_us)
        async with self._database.reading() as connection:
            return [_key_of(row) for row in await connection.execute(query)]

    async def add(self, new: Sequence[Terminal], beside: Beside | None = None) -> bool:
        try:
            async with self._database.transaction() as connection:
                await connection.execute(insert(terminals), [row_of(terminal) for terminal in new])
                if beside is not None:
                    await beside(connection)
        except IntegrityError:
            return False
        return True

    async def change(self, terminal: Terminal, revision: int, beside: Beside | None = None) -> bool:
        async with self._database.transaction() as connection:
            return await _change(connection, terminal, revision, beside)

    async def revoke(self, terminal: Terminal, revision: int, utc_us: int, beside: Beside | None = None) -> bool:
        async with self._database.transaction() as connection:
            if not await _change(connection, terminal, revision, beside):
                return False
            await end_keys(connection, terminal.number, utc_us)
        return True

    async def roll_over(self, key: DeviceKey, old_id: str, beside: Beside | None = None) -> bool:
        try:
            async with self._database.transaction() as connection:
                old = update(device_keys).where(device_keys.c.id == old_id, device_keys.c.until_utc_us.is_(None))
                if (await connection.execute(old.values(until_utc_us=key.since_utc_us))).rowcount != 1:
                    return False
                await connection.execute(insert(device_keys).values(key_row(key)))
                await connection.execute(
                    update(terminals)
                    .where(terminals.c.number == key.terminal)
                    .values(revision=terminals.c.revision + 1)
                )
                if beside is not None:
                    await beside(connection)
        except IntegrityError as error:
            raise KeyKnown from error
        return True

    async def seen(self, moments: Mapping[str, int]) -> None:
        async with self._database.transaction() as connection:
            for number, utc_us in moments.items():
                later = func.coalesce(terminals.c.seen_utc_us, 0) < utc_us
                await connection.execute(
                    update(terminals).where(terminals.c.number == number, later).values(seen_utc_us=utc_us)
                )

    async def last_seen(self, numbers: Iterable[str]) -> dict[str, int]:
        query = select(terminals.c.number, terminals.c.seen_utc_us).where(
            terminals.c.number.in_(list(numbers)), terminals.c.seen_utc_us.is_not(None)
        )
        async with self._database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def revoked_since(self, utc_us: int) -> list[tuple[str, str]]:
        query = (
            select(device_keys.c.terminal, device_keys.c.id)
            .where(device_keys.c.revoked_utc_us >= utc_us)
            .order_by(device_keys.c.revoked_utc_us.desc())
            .limit(REVOKED_AT_MOST)
        )
        async with self._database.reading() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]


async def end_keys(connection: AsyncConnection, number: str, utc_us: int) -> None:
    """All keys of a terminal, those too that others followed: what was opened with them may still be open."""
    await connection.execute(
        update(device_keys)
        .where(device_keys.c.terminal == number, device_keys.c.revoked_utc_us.is_(None))
        .values(revoked_utc_us=utc_us, until_utc_us=func.coalesce(device_keys.c.until_utc_us, utc_us))
    )


async def _change(connection: AsyncConnection, terminal: Terminal, revision: int, beside: Beside | None) -> bool:
    values = row_of(terminal)
    del values["seen_utc_us"]
    done = await connection.execute(
        update(terminals)
        .where(terminals.c.number == terminal.number, terminals.c.revision == revision)
        .values(values | {"revision": revision + 1})
    )
    if done.rowcount != 1:
        return False
    if beside is not None:
        await beside(connection)
    return True


def row_of(terminal: Terminal) -> dict[str, Any]:
    facts = terminal.facts
    return {
        "number": terminal.number,
        "name": terminal.name,
        "name_en": terminal.name_en,
        "department": terminal.department,
        "state": terminal.state.value,
        "since_utc_us": terminal.since_utc_us,
        "registered_utc_us": terminal.registered_utc_us,
        "seen_utc_us": terminal.seen_utc_us,
        "reason": terminal.reason,
        "model": facts.model,
        "serial": facts.serial,
        "system": facts.system,
        "version": facts.version,
        "revision": terminal.revision,
    }


def terminal_of(row: Row[Any]) -> Terminal:
    values = dict(row._mapping)
    facts = Facts(**{name: values.pop(name) for name in ("model", "serial", "system", "version")})
    return Terminal(**{**values, "state": State(values["state"]), "facts": facts})


def key_row(key: DeviceKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "terminal": key.terminal,
        "thumbprint": key.thumbprint,
        "algorithm": key.algorithm,
        "public_jwk": key.public_jwk,
        "since_utc_us": key.since_utc_us,
        "until_utc_us": key.until_utc_us,
    }


def _key_of(row: Row[Any]) -> DeviceKey:
    return DeviceKey(
        row.id, row.terminal, row.thumbprint, row.algorithm, row.public_jwk, row.since_utc_us, row.until_utc_us
    )
