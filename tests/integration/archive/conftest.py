"""A whole archive room for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.archive.retention_rig import RetentionRig, retention_rig
from tests.integration.archive.rig import Rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path) as rig:
        yield rig


@pytest.fixture
async def retention(tmp_path: Path) -> AsyncIterator[RetentionRig]:
    async with retention_rig(tmp_path) as rig:
        yield rig
