"""The card goes first and the seal last; a list of copies is read back as it was written."""

import pytest

from dispatch_server.archive.bucket.model import Copy, in_order, is_media, read_copies, write_copies
from dispatch_server.protocol.footage import MalformedFootage


def test_the_card_claims_the_place_and_the_seal_says_that_all_is_there() -> None:
    names = ["seal.json", "000001.mp4", "recording.json", "closed.json", "000001.jsonl", "seal.tsr"]
    ordered = in_order(names)
    assert (ordered[0], ordered[-1], set(ordered)) == ("recording.json", "seal.json", set(names))


def test_what_is_half_written_or_put_aside_is_no_part_of_it() -> None:
    assert in_order([".part", "000001.mp4.tail", "closed.json.new", "bucket.json", "000001.suspect"]) == [
        "000001.suspect"
    ]


def test_media_are_what_may_leave() -> None:
    assert is_media("000001.mp4") and not is_media("000001.jsonl") and not is_media("recording.json")


def test_it_is_read_as_it_was_written() -> None:
    copies = {"000001.mp4": Copy(10, "ab"), "recording.json": Copy(3, "cd")}
    assert read_copies(write_copies(copies, 5)) == copies


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"form": "other", "files": {}}', b"[" * 9_000,
    write_copies({"a": Copy(1, "b")}, 1).replace(b"bytes", b"octets")])  # fmt: skip
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFootage):
        read_copies(data)
