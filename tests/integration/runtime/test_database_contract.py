"""The database, the same for SQLite and PostgreSQL: transactions, refusals that name the cause, migrations."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database, DatabaseAway
from dispatch_server.settings import DatabaseSettings

TABLES = MetaData()
LAMPS = Table("lamps", TABLES, Column("id", String, primary_key=True), Column("since_utc_us", BigInteger))
BULBS = Table("bulbs", TABLES, Column("id", String, primary_key=True), Column("lamp", ForeignKey(LAMPS.c.id)))
WAIT_S = 20.0

Make = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'test.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    settings = DatabaseSettings(url=Secret(url), wait_s=WAIT_S, statement_s=WAIT_S)
    return lambda: Database(settings, Counters())


@pytest.fixture
async def database(make: Make) -> AsyncIterator[Database]:
    async with make().opened() as database:
        async with database.transaction() as connection:
            await connection.run_sync(TABLES.create_all)
        yield database


async def count(database: Database, table: Table) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_a_transaction_is_kept_at_its_end(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(LAMPS).values(id="门厅", since_utc_us=2**53 + 1))
    async with database.reading() as connection:
        assert (await connection.execute(select(LAMPS))).one() == ("门厅", 2**53 + 1)


async def test_an_exception_takes_the_whole_transaction_back(database: Database) -> None:
    with pytest.raises(ValueError, match="dark"):
        async with database.transaction() as connection:
            await connection.execute(insert(LAMPS).values(id="a"))
            raise ValueError("dark")
    assert await count(database, LAMPS) == 0


async def test_foreign_keys_are_kept_and_their_breach_is_told_as_it_is(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as connection:
            await connection.execute(insert(BULBS).values(id="b", lamp="nowhere"))


async def test_two_hundred_writers_at_once_all_succeed(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(LAMPS).values(id=str(number)))

    await asyncio.gather(*(write(number) for number in range(200)))
    assert await count(database, LAMPS) == 200


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(LAMPS).values(id="a"))
        async with asyncio.timeout(1):
            assert await count(database, LAMPS) == 0


async def test_what_was_written_is_there_after_opening_again(make: Make) -> None:
    async with make().opened() as database:
        async with database.transaction() as connection:
            await connection.run_sync(TABLES.create_all)
            await connection.execute(insert(LAMPS).values(id="a"))
        assert await database.check() is None
    async with make().opened() as database:
        assert await count(database, LAMPS) == 1


async def test_a_closed_database_says_that_it_is_away(make: Make) -> None:
    database = make()
    async with database.opened():
        pass
    with pytest.raises(DatabaseAway):
        async with database.transaction():
            pass
    assert await database.check() is not None


async def test_two_nodes_that_start_at_once_migrate_once(make: Make) -> None:
    async def start() -> str | None:
        async with make().opened() as database:
            return await database.check()

    assert await asyncio.gather(start(), start()) == [None, None]
