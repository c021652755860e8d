"""A whole archive room for each test that asks for one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.limits import ArchiveLimits, SpaceLimits
from tests.integration.archive.retention_rig import RetentionRig, retention_rig
from tests.integration.archive.rig import Rig

# How full the machine's own disk is, is not what these tests are about.
ROOMY = ArchiveLimits(
    space=SpaceLimits(alarm_percent=100, refuse_percent=100, refuse_bytes=0, stop_bytes=0, ballast_bytes=0)
)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with Rig(tmp_path, ROOMY) as rig:
        yield rig


@pytest.fixture
async def retention(tmp_path: Path) -> AsyncIterator[RetentionRig]:
    async with retention_rig(tmp_path) as rig:
        yield rig
