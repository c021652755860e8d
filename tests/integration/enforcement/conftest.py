"""The whole server and its teams in the field, over both databases where it matters."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.enforcement.field import Field, opened_field


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    async with opened_field(tmp_path / "var") as field:
        yield field


@pytest.fixture(params=["sqlite", "postgresql"])
async def stored(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Field]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    async with opened_field(tmp_path / "var", url) as field:
        yield field
