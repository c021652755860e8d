"""A database of every earlier state is brought up to date with its rows kept, on SQLite and on PostgreSQL."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Connection, Date, Float, Integer, LargeBinary, MetaData, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dispatch_server.runtime.migrating import VERSIONS, bring_up_to, bring_up_to_date, heads, revisions_of

# What each release left on the disks of counties; a line for each, never changed.
RELEASES = {"0.1.0": ("archive_0002", "identity_0001", "live_0001")}
STATES = sorted(f"{file.parent.name}_{file.name[:4]}" for file in VERSIONS.glob("*/[0-9]*.py"))
ROWS = 3
MADE_ANEW = "search_"  # the search's read model, from the other tables
SET_ANEW = {"recording_copies.copied_utc_us"}  # so that copies of before are looked at once more
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite3'}"
    engine = create_async_engine(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield engine
    await engine.dispose()


def reflected(connection: Connection) -> list[Table]:
    """Without the index of the search's words, which is in no form of rows and is made again from them."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [one for one in metadata.sorted_tables if not one.name.startswith(("alembic_version", "search_terms"))]


def value(column: Column[Any], number: int) -> Any:
    """Something that fits, different in each row; a foreign key points to the same row of its table."""
    for key in column.foreign_keys:
        return value(key.column, number)
    match column.type:
        case Boolean():
            return number % 2 == 0
        case Integer():
            return number + 1
        case Float():
            return number + 0.5
        case Date():
            return date(2026, 11, number + 1)
        case LargeBinary():
            return bytes([number]) * 32
        case _:
            return f"{number}甲"


def fill(connection: Connection) -> Rows:
    """Rows in every table, as they are read back; one that a step has filled stays as it is."""
    for table in reflected(connection):
        if connection.execute(select(table)).first() is not None:
            continue
        rows = [{column.name: value(column, number) for column in table.columns} for number in range(ROWS)]
        connection.execute(insert(table), rows)
    return kept(connection)


def kept(connection: Connection) -> Rows:
    found = {}
    for table in reflected(connection):
        rows = connection.execute(select(table)).mappings()
        found[table.name] = sorted(({str(key): held for key, held in row.items()} for row in rows), key=repr)
    return found


def lost(before: Rows, after: Rows) -> list[str]:
    """Tables in which a row of before, by the columns that are still there, is not found any more."""
    found = []
    for table, rows in before.items():
        if table.startswith(MADE_ANEW):
            continue
        now = after.get(table, [])
        columns = [name for name in rows[0] if now and name in now[0] and f"{table}.{name}" not in SET_ANEW]
        there = [{name: row[name] for name in columns} for row in now]
        if not columns or any({name: row[name] for name in columns} not in there for row in rows):
            found.append(table)
    return found


async def upgraded(engine: AsyncEngine, revisions: Sequence[str], versions: Path = VERSIONS) -> tuple[Rows, Rows]:
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: bring_up_to(sync, revisions, versions))
    async with engine.begin() as connection:
        before = await connection.run_sync(fill)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: bring_up_to_date(sync, versions))
    async with engine.connect() as connection:
        assert await connection.run_sync(revisions_of) == heads(versions)
        return before, await connection.run_sync(kept)


@pytest.mark.parametrize("revision", STATES)
async def test_every_state_of_every_slice(engine: AsyncEngine, revision: str) -> None:
    before, after = await upgraded(engine, [revision])
    assert before and all(before.values())
    assert lost(before, after) == []


@pytest.mark.parametrize("release", RELEASES)
async def test_every_release(engine: AsyncEngine, release: str) -> None:
    before, after = await upgraded(engine, RELEASES[release])
    assert {"streams", "publish_keys", "recordings", "recording_segments", "sign_ins"} <= set(before)
    assert lost(before, after) == []


def test_the_version_of_now_is_among_the_releases_or_after_them() -> None:
    known = {revision for revisions in RELEASES.values() for revision in revisions}
    assert known <= set(STATES), "a step that was released is gone"
    assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", release) for release in RELEASES)


STEP = '''"""A step of the test."""
from alembic import op
import sqlalchemy as sa
revision = "sun_{number:04}"
down_revision = {down}
def upgrade():
    {upgrade}
'''
MADE = 'op.create_table("suns", sa.Column("id", sa.String(8), primary_key=True), sa.Column("name", sa.String(8)))'


@pytest.mark.parametrize(
    ("step", "gone"),
    [
        ('op.add_column("suns", sa.Column("more", sa.Integer))', []),
        ("op.execute(\"DELETE FROM suns WHERE id LIKE '1%'\")", ["suns"]),
        ("op.execute(\"UPDATE suns SET name = 'x'\")", ["suns"]),
        (f'op.drop_table("suns"); {MADE}', ["suns"]),
    ],
)
async def test_a_step_that_loses_rows_is_seen(engine: AsyncEngine, tmp_path: Path, step: str, gone: list[str]) -> None:
    versions = tmp_path / "versions"
    (versions / "sun").mkdir(parents=True)
    (versions / "sun" / "0001_a.py").write_text(STEP.format(number=1, down=None, upgrade=MADE))
    (versions / "sun" / "0002_b.py").write_text(STEP.format(number=2, down='"sun_0001"', upgrade=step))
    assert lost(*await upgraded(engine, ["sun_0001"], versions)) == gone
