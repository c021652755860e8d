"""The devices room over a real database, the same tests for SQLite and PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings
from tests.integration.devices.rig import Rig


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, data_folder: Path) -> AsyncIterator[Database]:
    """New, with all tables."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        yield database


@pytest.fixture
async def rig(database: Database) -> AsyncIterator[Rig]:
    """A node with somebody of the county signed in at its desk."""
    rig = await Rig.over(database)
    yield rig
    await rig.close()
