"""The same county over SQLite and over PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from dispatch_server.identity.model import Role
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.settings import BusSettings, DatabaseSettings
from tests.integration.org.rig import Rig


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, data_folder: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        yield database


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus(BusSettings(), Counters())


@pytest.fixture
def empty(database: Database, bus: LocalBus) -> Rig:
    """A node of a county that has nothing yet."""
    return Rig(database, bus)


@pytest.fixture
async def rig(empty: Rig) -> Rig:
    """A node with the sample county."""
    await empty.import_sample()
    return empty


@pytest.fixture
async def admin(rig: Rig) -> AsyncIterator[httpx2.AsyncClient]:
    async with rig.desk(Role.SYSTEM_ADMIN) as client:
        yield client
