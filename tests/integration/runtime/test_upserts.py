"""Rows are put in or take the place of old ones, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.upserts import upsert
from dispatch_server.settings import DatabaseSettings

TABLES = MetaData()
SHELVES = Table(
    "shelves",
    TABLES,
    Column("room", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", String),
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        async with database.transaction() as connection:
            await connection.run_sync(TABLES.create_all)
        yield database


async def test_new_rows_come_in_and_known_ones_are_replaced(database: Database) -> None:
    def row(room: str, number: int, label: str) -> dict[str, object]:
        return {"room": room, "number": number, "label": label}

    async with database.transaction() as connection:
        await upsert(connection, SHELVES, [row("a", 1, "案卷"), row("a", 2, "old")])
        await upsert(connection, SHELVES, [])
        await upsert(connection, SHELVES, [row("a", 2, "new"), row("b", 2, "other")])
    async with database.reading() as connection:
        found = (await connection.execute(select(SHELVES).order_by(SHELVES.c.room, SHELVES.c.number))).all()
    assert [tuple(one) for one in found] == [("a", 1, "案卷"), ("a", 2, "new"), ("b", 2, "other")]
