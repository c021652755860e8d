"""One-time codes in the database, and the transaction in which one of them enrols a device."""

from collections.abc import Callable
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
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.devices.enrolment import Code, KeptCode
from dispatch_server.devices.model import Terminal
from dispatch_server.devices.ports import Beside, Decide
from dispatch_server.devices.refusals import KeyKnown
from dispatch_server.devices.store import device_keys, end_keys, key_row, row_of, terminal_of, terminals
from dispatch_server.runtime.database import METADATA, Database

terminal_codes = Table(
    "terminal_codes",
    METADATA,
    Column("locator", String(2), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256
    Column("terminal", String(8), nullable=False),
    Column("issued_utc_us", BigInteger, nullable=False),
    Column("expires_utc_us", BigInteger, nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("officer", String(64), nullable=False),  # empty: it enrols the device
    Column("shift_ends_utc_us", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_utc_us", BigInteger),
    Index("ix_terminal_codes_terminal", "terminal"),
)


class CodeStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, code: KeptCode, most: int, beside: Beside) -> bool:
        over = or_(terminal_codes.c.used_utc_us.is_not(None), terminal_codes.c.expires_utc_us <= code.issued_utc_us)
        earlier = (terminal_codes.c.terminal == code.terminal) & (terminal_codes.c.officer == code.officer)
        try:
            async with self._database.transaction() as connection:
                await connection.execute(delete(terminal_codes).where(or_(over, earlier)))
                count = await connection.execute(select(func.count()).select_from(terminal_codes))
                if count.scalar_one() >= most:
                    return False
                await connection.execute(insert(terminal_codes).values(_row_of(code)))
                await beside(connection)
        except IntegrityError:  # the locator is in use, perhaps since a moment ago
            return False
        return True

    async def enrol(
        self,
        code: Code,
        tries: int,
        utc_us: int,
        decide: Decide,
        beside: Callable[[Terminal], Beside],
        *,
        counts: bool = True,
    ) -> Terminal | None:
        try:
            async with self._database.transaction() as connection:
                kept = await _take(connection, code, tries, utc_us)
                found = await _terminal(connection, kept.terminal) if kept is not None and not kept.officer else None
                decided = decide(kept, found) if kept is not None and found is not None else None
                if found is None or decided is None:
                    if counts:
                        await _count_try(connection, code)
                    return None
                terminal, key = decided
                await _use_up(connection, code, utc_us)
                await end_keys(connection, terminal.number, utc_us)
                await connection.execute(insert(device_keys).values(key_row(key)))
                values = row_of(terminal) | {"revision": found.revision + 1}
                await connection.execute(update(terminals).where(terminals.c.number == found.number).values(values))
                await beside(terminal)(connection)
        except IntegrityError as error:
            raise KeyKnown from error
        return terminal

    async def use(self, code: Code, terminal: str, tries: int, utc_us: int, *, counts: bool = True) -> KeptCode | None:
        async with self._database.transaction() as connection:
            kept = await _take(connection, code, tries, utc_us)
            if kept is None or not kept.officer or kept.terminal != terminal:
                if counts:
                    await _count_try(connection, code)
                return None
            await _use_up(connection, code, utc_us)
        return kept

    async def withdraw(self, terminal: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(terminal_codes).where(terminal_codes.c.terminal == terminal))

    async def purge(self, before_utc_us: int) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(terminal_codes).where(terminal_codes.c.expires_utc_us < before_utc_us))


async def _take(connection: AsyncConnection, code: Code, tries: int, utc_us: int) -> KeptCode | None:
    """The open code that fits; nobody else changes it until this transaction ends."""
    query = select(terminal_codes).where(terminal_codes.c.locator == code.locator).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    kept = KeptCode(**row._mapping) if row is not None else None
    return kept if kept is not None and kept.open(utc_us, tries) and kept.fits(code) else None


async def _count_try(connection: AsyncConnection, code: Code) -> None:
    """Against the code that was meant, by its locator."""
    counted = update(terminal_codes).where(terminal_codes.c.locator == code.locator)
    await connection.execute(counted.values(tries=terminal_codes.c.tries + 1))


async def _use_up(connection: AsyncConnection, code: Code, utc_us: int) -> None:
    used = update(terminal_codes).where(terminal_codes.c.locator == code.locator)
    await connection.execute(used.values(used_utc_us=utc_us))


async def _terminal(connection: AsyncConnection, number: str) -> Terminal | None:
    query = select(terminals).where(terminals.c.number == number).with_for_update()
    row: Row[Any] | None = (await connection.execute(query)).one_or_none()
    return terminal_of(row) if row is not None else None


def _row_of(code: KeptCode) -> dict[str, Any]:
    return {
        "locator": code.locator,
        "digest": code.digest,
        "terminal": code.terminal,
        "issued_utc_us": code.issued_utc_us,
        "expires_utc_us": code.expires_utc_us,
        "issued_by": code.issued_by,
        "officer": code.officer,
        "shift_ends_utc_us": code.shift_ends_utc_us,
        "tries": code.tries,
    }
