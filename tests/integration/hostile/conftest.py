"""One town for a module's tests: opening it takes seconds."""

from collections.abc import Iterator

import pytest

from tests.integration.hostile.town import Town, opened_town


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with opened_town() as town:
        yield town
