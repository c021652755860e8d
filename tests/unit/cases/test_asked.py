"""Versions, good and bad."""

import pytest

from dispatch_server.cases.asked import version_of
from dispatch_server.kit.errors import Stale, Unconditional


def test_a_version_is_one_that_somebody_has_seen() -> None:
    assert version_of('"3"') == 3
    for text in (None, "*"):
        with pytest.raises(Unconditional):
            version_of(text)
    for text in ("3", 'W/"3"', '"x"', '"-1"'):
        with pytest.raises(Stale):
            version_of(text)
