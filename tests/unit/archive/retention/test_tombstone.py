"""A tombstone reads as it was written, and nothing else does."""

import json
from dataclasses import replace

import pytest

from dispatch_server.archive.retention.tombstone import FORM, Tombstone, read_tombstone, write_tombstone
from dispatch_server.protocol.footage import MalformedFootage

STONE = Tombstone(
    FORM, "recording-1", "13", "T1301", 1, 2, 3, 4, "ab", "cd", "key", "unlinked", 5, "list-1", "system retention",
    ("p1 Anna (audit_admin) 6", "p2 Bo (system_admin) 7"), 8,
)  # fmt: skip


def test_it_reads_as_it_was_written() -> None:
    assert read_tombstone(write_tombstone(STONE)) == STONE and not STONE.is_over
    over = replace(STONE, removed_utc_us=9)
    assert read_tombstone(write_tombstone(over)) == over and over.is_over


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{" * 100_000, write_tombstone(replace(STONE, form="other"))])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(MalformedFootage):
        read_tombstone(data)


def test_a_field_of_another_kind() -> None:
    plain = json.loads(write_tombstone(STONE))
    for change in ({"bytes": "3"}, {"approved_by": "x"}, {"extra": 1}):
        with pytest.raises(MalformedFootage):
            read_tombstone(json.dumps(plain | change).encode())
