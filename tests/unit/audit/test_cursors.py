"""A cursor is good for the search that it was given to."""

import re

from dispatch_server.audit.cursors import PATTERN, Cursors, index_in

ASKED = {"actor": "person:p1", "from_utc_us": None}


def test_a_cursor_belongs_to_one_sign_in_and_its_filters() -> None:
    cursors = Cursors(b"k" * 32)
    given = cursors.give(17, "s1", ASKED)
    assert re.match(PATTERN, given) and index_in(given) == 17
    assert cursors.is_given(given, "s1", ASKED)
    assert not cursors.is_given(given, "s2", ASKED)
    assert not cursors.is_given(given, "s1", {**ASKED, "actor": None})
    assert not cursors.is_given("999" + given[2:], "s1", ASKED)
    assert not Cursors(b"x" * 32).is_given(given, "s1", ASKED)
