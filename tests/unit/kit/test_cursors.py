"""A cursor comes back as it was given, and nothing else is one."""

import base64

import pytest

from dispatch_server.kit.cursors import FURTHEST, CursorUnusable, read_cursor, write_cursor

GIVEN = [(0, ""), (1_700_000_000_000_000, "0190a7c4-aaaa-7bbb-8ccc-0123456789ab"), (FURTHEST, "x" * 64)]
TEXTS = [
    "",
    "x",
    "5",
    "-1.a",
    "+1.a",
    " 1.a",
    "1_0.a",
    "01.a",
    "١.a",
    "1.a\x00",
    "1.a b",
    "1.a;b",
    "1.罚",
    "1..",
    f"{FURTHEST + 1}.",
]


@pytest.mark.parametrize(("place", "identity"), GIVEN)
def test_what_was_given_is_read(place: int, identity: str) -> None:
    assert read_cursor(write_cursor(place, identity)) == (place, identity)


@pytest.mark.parametrize("text", [*TEXTS, f"1.{'x' * 65}"])
def test_no_other_text_is_one(text: str) -> None:
    """A sloppy reader takes some of them, and a database then refuses the byte in it."""
    with pytest.raises(CursorUnusable):
        read_cursor(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


@pytest.mark.parametrize("cursor", ["%%%", "MS5h\n", "MS5h====", "M S5h", "é"])
def test_no_other_letters_are(cursor: str) -> None:
    with pytest.raises(CursorUnusable):
        read_cursor(cursor)
