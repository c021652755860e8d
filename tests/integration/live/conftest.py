"""An application for each test, with somebody signed in at its desk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings
from tests.integration.live.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    await rig.sign_in()
    yield rig
    await rig.stranger.aclose()
    await rig.desk.aclose()


@pytest.fixture
async def database(data_folder: Path) -> AsyncIterator[Database]:
    """A new SQLite file with all tables."""
    url = Secret(f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}")
    async with Database(DatabaseSettings(url=url), Counters()).opened() as database:
        yield database
