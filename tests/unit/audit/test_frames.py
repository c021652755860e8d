"""Frames of the journal: whatever happens to the file, what is whole is found, in its order, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.audit.frames import LARGEST_BYTES, MARK, framed, read

CONTENTS = st.lists(st.binary(max_size=60), max_size=6)


@given(CONTENTS)
def test_what_was_written_is_read(contents: list[bytes]) -> None:
    found = read(b"".join(map(framed, contents)))
    assert (found.contents, found.lost_bytes) == (contents, 0)


@given(CONTENTS, st.integers(0, 2000))
def test_a_torn_end_costs_only_what_is_torn(contents: list[bytes], length: int) -> None:
    whole = b"".join(map(framed, contents))
    found = read(whole[:length])
    assert found.contents == contents[: len(found.contents)]
    kept = sum(len(framed(content)) for content in found.contents)
    assert found.lost_bytes == min(length, len(whole)) - kept


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=6), st.integers(0, 2000), st.integers(1, 255))
def test_a_damaged_frame_costs_no_other(contents: list[bytes], place: int, change: int) -> None:
    data = bytearray(b"".join(map(framed, contents)))
    data[place % len(data)] ^= change
    found = read(bytes(data))
    assert found.lost_bytes > 0
    assert len(found.contents) == len(contents) - 1
    assert [content for content in contents if content in found.contents] or not any(found.contents)


@given(st.binary(max_size=300))
def test_garbage_ends(data: bytes) -> None:
    found = read(MARK + data + framed(b"x"))
    assert found.contents[-1] == b"x"


def test_a_length_that_is_too_great_is_not_believed() -> None:
    data = framed(b"a" * (LARGEST_BYTES + 1))
    assert read(data + framed(b"b")).contents == [b"b"]
