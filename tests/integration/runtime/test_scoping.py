"""The scope in the query finds what the scope covers, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, insert, select

from dispatch_server.kit.redact import Secret
from dispatch_server.kit.scope import COUNTY, NOTHING, Scope
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.settings import DatabaseSettings

TABLES = MetaData()
DESKS = Table("desks", TABLES, Column("department", String, primary_key=True))
PATHS = ["", "13", "13/02", "130", "1_", "1_/01", "14"]


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
    "scope", [COUNTY, NOTHING, Scope.of("13"), Scope.of("1_"), Scope.of("13/02", "14")], ids=lambda scope: str(scope)
)
async def test_the_query_agrees_with_the_scope(database: Database, scope: Scope) -> None:
    async with database.reading() as connection:
        query = select(DESKS.c.department).where(in_scope(DESKS.c.department, scope))
        found = set((await connection.execute(query)).scalars())
    assert found == {path for path in PATHS if scope.covers(path)}
