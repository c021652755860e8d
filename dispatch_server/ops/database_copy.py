"""The database in a backup: SQLite as a file, PostgreSQL as rows; both as they were at one moment, while it is used."""

import base64
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeEngine

from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.migrating import bring_up_to, revisions_of

SQLITE_NAME = "database.sqlite3"
ROWS_FOLDER = "database"
_VERSIONS = "alembic_version"
_BATCH = 500
_WAIT_S = 30.0


class DatabaseUncopied(LocalFault):
    """Its content cannot be copied or put back; the sentence says what."""


def copy_sqlite(source: Path, target: Path) -> tuple[str, ...]:
    """
    A whole copy while others write (the backup API reads one snapshot of the WAL), checked; its revisions.
    """
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=_WAIT_S)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        try:
            here.backup(there)
            there.execute("PRAGMA journal_mode=DELETE")
            found = there.execute("PRAGMA integrity_check(1)").fetchone()[0]
            versions = there.execute("SELECT version_num FROM alembic_version ORDER BY 1").fetchall()
        except sqlite3.Error as error:
            raise DatabaseUncopied("database_uncopied", f"{source}: {error}") from error
    if found != "ok":
        raise DatabaseUncopied("database_uncopied", f"{source} is damaged ({found}); older backups are kept.")
    return tuple(row[0] for row in versions)


async def copy_rows(url: URL, folder: Path) -> tuple[str, ...]:
    """Every table of PostgreSQL as `<table>.jsonl`, all of one moment (REPEATABLE READ); its revisions."""
    folder.mkdir(mode=0o700)
    async with _connected(url) as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        await connection.execute(text("SET TRANSACTION READ ONLY"))
        tables = (await connection.run_sync(_reflected)).sorted_tables
        for table in tables:
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                async for row in await connection.stream(select(table)):
                    file.write(_line(table, row))
        return tuple(sorted(await connection.run_sync(revisions_of)))


async def put_rows_back(url: URL, folder: Path, revisions: tuple[str, ...]) -> None:
    """Into an empty database: its tables as they were then, and every row, in one transaction."""
    async with _connected(url) as connection:
        if await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            raise DatabaseUncopied("database_in_use", "The database of the settings is not empty; name a new one.")
        await connection.run_sync(lambda sync: bring_up_to(sync, revisions))
        tables = {table.name: table for table in (await connection.run_sync(_reflected)).sorted_tables}
        strange = [path.name for path in folder.glob("*.jsonl") if path.stem not in tables]
        if strange:
            raise DatabaseUncopied("table_unknown", f"No table for {', '.join(strange)}.")
        for name, table in tables.items():
            if (folder / f"{name}.jsonl").exists():
                with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
                    await _fill(connection, table, file)
                await _set_sequences(connection, table)
        await connection.commit()


async def _fill(connection: AsyncConnection, table: Table, file: IO[str]) -> None:
    if await connection.scalar(select(func.count()).select_from(table)):
        await connection.execute(table.delete())  # what a migration put in is among the rows
    rows = (_row(table, line) for line in file)
    while batch := list(islice(rows, _BATCH)):
        await connection.execute(insert(table), batch)


async def _set_sequences(connection: AsyncConnection, table: Table) -> None:
    for column in table.columns:
        if not column.primary_key or not isinstance(column.type.python_type(), int):
            continue
        named = {"table": f'"{table.name}"', "column": column.name}
        sequence = await connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), named)
        last = await connection.scalar(select(func.max(column)))
        if sequence and last is not None:
            await connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def _reflected(connection: Connection) -> MetaData:
    metadata = MetaData()
    metadata.reflect(connection)
    if _VERSIONS in metadata.tables:
        metadata.remove(metadata.tables[_VERSIONS])
    return metadata


def _line(table: Table, row: Any) -> str:
    values = dict(zip(table.columns.keys(), map(_written, row), strict=True))
    try:
        return json.dumps(values, ensure_ascii=False) + "\n"
    except TypeError as error:
        raise DatabaseUncopied("value_unknown", f"Table {table.name}: {error}") from error


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date


def _row(table: Table, line: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(line)
    for column in table.columns:
        held = values.get(column.name)
        if held is not None:
            values[column.name] = _read(column.type, held)
    return values


def _read(kind: TypeEngine[Any], held: Any) -> Any:
    match kind:
        case LargeBinary():
            return base64.b64decode(held, validate=True)
        case DateTime():
            return datetime.fromisoformat(held)
        case Date():
            return date.fromisoformat(held)
        case _:
            return held
