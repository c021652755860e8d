"""Shifts and officers' PINs in the database."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.devices.model import Shift
from dispatch_server.devices.pins import KeptPin
from dispatch_server.devices.ports import Beside
from dispatch_server.devices.refusals import OfficerElsewhere, TerminalTaken
from dispatch_server.devices.store import terminals
from dispatch_server.runtime.database import METADATA, Database

shifts = Table(
    "shifts",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("terminal", String(8), nullable=False),
    Column("officer", String(64), nullable=False),
    Column("officer_name", String(80), nullable=False),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("ends_utc_us", BigInteger, nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("how", String(8), nullable=False),
    Column("ended_utc_us", BigInteger),
    Column("reason", String(200), nullable=False),
    Index("ix_shifts_terminal_begun_utc_us", "terminal", "begun_utc_us"),
)
# An officer carries one terminal at a time, whichever node issues it.
Index(
    "uq_shifts_open_officer",
    shifts.c.officer,
    unique=True,
    sqlite_where=shifts.c.ended_utc_us.is_(None),
    postgresql_where=shifts.c.ended_utc_us.is_(None),
)

officer_pins = Table(
    "officer_pins",
    METADATA,
    Column("officer", String(64), primary_key=True),
    Column("digest", String(200), nullable=False),  # Argon2id
    Column("tries", Integer, nullable=False),
    Column("locked_until_utc_us", BigInteger, nullable=False),
)


class ShiftStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> list[Shift]:
        query = select(shifts).where(shifts.c.ended_utc_us.is_(None)).order_by(shifts.c.begun_utc_us)
        async with self._database.reading() as connection:
            return [Shift(**row._mapping) for row in await connection.execute(query)]

    async def of_terminal(self, number: str, most: int) -> list[Shift]:
        query = select(shifts).where(shifts.c.terminal == number).order_by(shifts.c.begun_utc_us.desc()).limit(most)
        async with self._database.reading() as connection:
            return [Shift(**row._mapping) for row in await connection.execute(query)]

    async def begin(self, shift: Shift, most: int, beside: Beside) -> None:
        try:
            async with self._database.transaction() as connection:
                # Two issues of one terminal come one after the other, so that neither miscounts.
                await connection.execute(
                    select(terminals.c.number).where(terminals.c.number == shift.terminal).with_for_update()
                )
                there = await _open_of(connection, shift.terminal)
                if len(there) >= most:
                    raise TerminalTaken(most)
                await connection.execute(insert(shifts).values(_row_of(shift)))
                await beside(connection)
        except IntegrityError as error:
            async with self._database.reading() as connection:
                query = select(shifts.c.terminal).where(
                    shifts.c.officer == shift.officer, shifts.c.ended_utc_us.is_(None)
                )
                elsewhere = (await connection.execute(query)).scalar()
            raise OfficerElsewhere(str(elsewhere or "")) from error

    async def end(self, shift_id: str, utc_us: int, reason: str, beside: Beside | None = None) -> bool:
        async with self._database.transaction() as connection:
            done = await connection.execute(
                update(shifts)
                .where(shifts.c.id == shift_id, shifts.c.ended_utc_us.is_(None))
                .values(ended_utc_us=utc_us, reason=reason[:200])
            )
            if done.rowcount != 1:
                return False
            if beside is not None:
                await beside(connection)
        return True

    async def pin(self, officer: str) -> KeptPin | None:
        async with self._database.reading() as connection:
            row = (
                await connection.execute(select(officer_pins).where(officer_pins.c.officer == officer))
            ).one_or_none()
        return KeptPin(**row._mapping) if row is not None else None

    async def keep_pin(self, pin: KeptPin, beside: Beside) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(delete(officer_pins).where(officer_pins.c.officer == pin.officer))
            await connection.execute(insert(officer_pins).values(_pin_row(pin)))
            await beside(connection)

    async def count_try(self, officer: str, most: int, lock_us: int, utc_us: int) -> bool:
        async with self._database.transaction() as connection:
            query = select(officer_pins).where(officer_pins.c.officer == officer).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return True
            pin = KeptPin(**row._mapping)
            if pin.locked(utc_us):
                return False
            await _write_pin(connection, pin.after(False, utc_us, most, lock_us))
        return True

    async def forgive(self, officer: str) -> None:
        async with self._database.transaction() as connection:
            await connection.execute(
                update(officer_pins).where(officer_pins.c.officer == officer).values(tries=0, locked_until_utc_us=0)
            )


async def _open_of(connection: AsyncConnection, number: str) -> list[str]:
    query = select(shifts.c.id).where(shifts.c.terminal == number, shifts.c.ended_utc_us.is_(None))
    return [row[0] for row in await connection.execute(query)]


async def _write_pin(connection: AsyncConnection, pin: KeptPin) -> None:
    await connection.execute(update(officer_pins).where(officer_pins.c.officer == pin.officer).values(_pin_row(pin)))


def _pin_row(pin: KeptPin) -> dict[str, Any]:
    return {
        "officer": pin.officer,
        "digest": pin.digest,
        "tries": pin.tries,
        "locked_until_utc_us": pin.locked_until_utc_us,
    }


def _row_of(shift: Shift) -> dict[str, Any]:
    return {
        "id": shift.id,
        "terminal": shift.terminal,
        "officer": shift.officer,
        "officer_name": shift.officer_name,
        "begun_utc_us": shift.begun_utc_us,
        "ends_utc_us": shift.ends_utc_us,
        "issued_by": shift.issued_by,
        "how": shift.how,
        "ended_utc_us": shift.ended_utc_us,
        "reason": shift.reason,
    }
