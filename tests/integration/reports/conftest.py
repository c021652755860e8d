"""The search over SQLite and over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import dispatch_server.cases.actions  # noqa: F401 - the search asks who may see cases, and is tried without that room
from dispatch_server.kit.redact import Secret
from dispatch_server.reports.store import SearchStore
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, data_folder: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        yield database


@pytest.fixture
def store(database: Database) -> SearchStore:
    return SearchStore(database)
