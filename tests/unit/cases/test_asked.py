"""Versions and cursors, good and bad."""

import pytest

from dispatch_server.cases.asked import read_cursor, version_of, write_cursor
from dispatch_server.kit.errors import Invalid, Stale, Unconditional
from tests.unit.cases.files import NOW, case


def test_a_version_is_one_that_somebody_has_seen() -> None:
    assert version_of('"3"') == 3
    for text in (None, "*"):
        with pytest.raises(Unconditional):
            version_of(text)
    for text in ("3", 'W/"3"', '"x"', '"-1"'):
        with pytest.raises(Stale):
            version_of(text)


def test_a_cursor_comes_back_as_it_was_given() -> None:
    assert read_cursor(write_cursor(case())) == (NOW, "case-0001")
    for text in ("x", "%%%", "MQ", "LTEuYQ", "YQ.."):
        with pytest.raises(Invalid):
            read_cursor(text)
