"""The room of people, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.identity.office import Office
from tests.integration.identity.people_rig import PeopleRig, people_rig


@pytest.fixture(params=["sqlite", "postgresql"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PeopleRig]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with people_rig(url) as rig:
        yield rig


@pytest.fixture
async def one_rig(tmp_path: Path) -> AsyncIterator[PeopleRig]:
    """For what does not depend on the database."""
    async with people_rig(f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}") as rig:
        yield rig


@pytest.fixture
async def office(rig: PeopleRig) -> Office:
    await rig.first_administrators()
    return Office(rig, [await rig.enter(account) for account in ("system", "security", "audit")])
