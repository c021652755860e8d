"""B1 and B2: a locked, damaged or newer SQLite file, a PostgreSQL that crashes: refused clearly and in time."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database, DatabaseAway, DatabaseBroken
from dispatch_server.runtime.migrating import DatabaseTooNew
from dispatch_server.settings import DatabaseSettings
from tests.services import Postgres, postgres
from tests.waiting import until_async

WAIT_S = 1.0


def sqlite(file: Path) -> Database:
    return Database(DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{file}"), wait_s=WAIT_S), Counters())


async def write(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO lamps VALUES ('a')"))


async def test_sqlite_is_opened_with_the_settings_that_keep_what_was_acknowledged(tmp_path: Path) -> None:
    async with sqlite(tmp_path / "a.sqlite3").opened() as database, database.reading() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 500}
    assert (tmp_path / "a.sqlite3").stat().st_mode & 0o077 == 0


async def test_a_lock_held_by_another_process_is_refused_in_time_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    async with sqlite(file).opened() as database:
        async with database.transaction() as connection:
            await connection.execute(text("CREATE TABLE lamps (id TEXT)"))
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        refusals = await asyncio.gather(*(write(database) for _ in range(5)), return_exceptions=True)
        assert [type(refusal) for refusal in refusals] == [DatabaseAway] * 5
        assert time.monotonic() - begun < 2 * WAIT_S
        other.execute("ROLLBACK")
        other.close()
        await write(database)


async def test_a_cancelled_writer_leaves_the_way_free(tmp_path: Path) -> None:
    async with sqlite(tmp_path / "a.sqlite3").opened() as database:
        async with database.transaction() as connection:
            await connection.execute(text("CREATE TABLE lamps (id TEXT)"))
        for _ in range(10):
            writing = asyncio.create_task(write(database))
            await asyncio.sleep(0.001)
            writing.cancel()
            await asyncio.wait([writing])
        await write(database)


@pytest.mark.parametrize("damage", ["first page", "later page", "not a database"])
async def test_a_damaged_file_is_not_started_with(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "a.sqlite3"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE lamps (id TEXT PRIMARY KEY, words TEXT)")
        made.executemany("INSERT INTO lamps VALUES (?, ?)", ((str(n), "x" * 500) for n in range(200)))
    made.close()
    content = bytearray(file.read_bytes())
    begin, end = {"first page": (100, 400), "later page": (8192, 20_000), "not a database": (0, 100)}[damage]
    content[begin:end] = b"\xa5" * (end - begin)
    file.write_bytes(content)
    with pytest.raises(DatabaseBroken, match="restore a backup"):
        async with sqlite(file).opened():
            pass


async def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.sqlite3"
    async with sqlite(file).opened() as database, database.transaction() as connection:
        await connection.execute(text("INSERT INTO alembic_version VALUES ('moon_0001')"))
    with pytest.raises(DatabaseTooNew, match="moon_0001"):
        async with sqlite(file).opened():
            pass


async def test_a_postgresql_that_crashes_is_refused_and_found_again() -> None:
    with postgres() as service:
        await crash_and_return(service)


async def crash_and_return(service: Postgres) -> None:
    settings = DatabaseSettings(url=Secret(service.url()), wait_s=WAIT_S, statement_s=WAIT_S)
    async with Database(settings, Counters()).opened() as database:
        async with database.transaction() as connection:
            await connection.execute(text("CREATE TABLE lamps (id TEXT)"))
        with pytest.raises(DatabaseAway):
            async with database.transaction() as connection:
                service.crash()
                await connection.execute(text("INSERT INTO lamps VALUES ('a')"))
        begun = time.monotonic()
        with pytest.raises(DatabaseAway):
            await write(database)
        assert await database.check() is not None
        assert time.monotonic() - begun < 5
        service.start()
        await until_async(lambda: database_answers(database), 20)
        await write(database)


async def database_answers(database: Database) -> bool:
    return await database.check() is None


async def test_a_slow_statement_ends(postgres_url: str) -> None:
    settings = DatabaseSettings(url=Secret(postgres_url), wait_s=WAIT_S, statement_s=0.5)
    async with Database(settings, Counters()).opened() as database:
        with pytest.raises(DatabaseAway):
            async with database.reading() as connection:
                await connection.execute(text("SELECT pg_sleep(20)"))
        assert await database.check() is None
