"""The scope in the query finds what the scope covers, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, insert, select
from sqlalchemy.dialects import sqlite

from dispatch_server.kit.redact import Secret
from dispatch_server.kit.scope import COUNTY, NOTHING, Scope
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.settings import DatabaseSettings

TABLES = MetaData()
DESKS = Table("desks", TABLES, Column("department", String, primary_key=True))
ROWS = Table(
    "rows",
    TABLES,
    Column("opened", Integer, primary_key=True),
    Column("department", String),
    Column("more", String),
    Index("ix_rows_department_opened", "department", "opened"),
)
LITERAL: dict[str, Any] = {"compile_kwargs": {"literal_binds": True}}
SELECT = "SELECT * FROM rows WHERE"
PATHS = ["", "13", "13/02", "13/", "13-02", "13.", "130", "1_", "1_/01", "14", "13/甲", "13/Z/a", "13é"]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        async with database.transaction() as connection:
            await connection.run_sync(TABLES.create_all)
            await connection.execute(insert(DESKS), [{"department": path} for path in PATHS])
        yield database


@pytest.mark.parametrize(
    "scope",
    [COUNTY, NOTHING, Scope.of("13"), Scope.of("1_"), Scope.of("13/02", "14")],
    ids=lambda scope: "+".join(sorted(scope.roots)) or "nothing",  # the same in each worker
)
async def test_the_query_agrees_with_the_scope(database: Database, scope: Scope) -> None:
    async with database.reading() as connection:
        query = select(DESKS.c.department).where(in_scope(DESKS.c.department, scope))
        found = set((await connection.execute(query)).scalars())
    assert found == {path for path in PATHS if scope.covers(path)}


async def test_a_township_reads_no_rows_of_others(tmp_path: Path) -> None:
    """By an index of departments; the harness sees the condition that took none."""
    async with Database(
        DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{tmp_path / 'a'}")), Counters()
    ).opened() as one:
        async with one.transaction() as connection:
            await connection.run_sync(TABLES.create_all)
        scoped = str(in_scope(ROWS.c.department, Scope.of("13")).compile(dialect=sqlite.dialect(), **LITERAL))
        liked = str(ROWS.c.department.startswith("13/", autoescape=True).compile(dialect=sqlite.dialect(), **LITERAL))
        async with one.reading() as connection:
            plans = [
                " ".join(
                    str(row)
                    for row in await connection.exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {SELECT} {where} ORDER BY opened DESC"
                    )
                )
                for where in (scoped, liked)
            ]
    assert "SEARCH" in plans[0] and "SCAN" not in plans[0]
    assert "SCAN" in plans[1]
