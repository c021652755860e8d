"""An application for each test, with somebody signed in at its desk."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.live.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    await rig.sign_in()
    yield rig
    await rig.stranger.aclose()
    await rig.desk.aclose()
