"""Where a list goes on, as text for an address: only what was given here is read back."""

import base64
import binascii
import re

from dispatch_server.kit.errors import Invalid

FURTHEST = (1 << 63) - 1
_FORM = re.compile(r"(0|[1-9][0-9]{0,18})\.([A-Za-z0-9_-]{0,64})")


class CursorUnusable(Invalid):
    def __init__(self) -> None:
        super().__init__("cursor_unusable", "The cursor is not one that was given here.")


def write_cursor(place: int, identity: str = "") -> str:
    """`place` orders the list, up to FURTHEST; `identity` tells apart what has the same place."""
    return base64.urlsafe_b64encode(f"{place}.{identity}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """Raises CursorUnusable."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raise CursorUnusable from None
    found = _FORM.fullmatch(text)
    # One text for each place: base64 has several ways to write the same.
    if found is None or int(found[1]) > FURTHEST or write_cursor(int(found[1]), found[2]) != cursor:
        raise CursorUnusable
    return int(found[1]), found[2]
