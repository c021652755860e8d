"""A ledger on each of the two databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.audit.rig import Node, sqlite_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, data_folder: Path) -> str:
    return sqlite_url(data_folder) if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def node(url: str, data_folder: Path) -> AsyncIterator[Node]:
    async with Node(url, data_folder).opened() as node:
        yield node
