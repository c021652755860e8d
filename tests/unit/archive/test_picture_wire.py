"""What goes over the pipe to the picture worker comes out the same, and nonsense is refused."""

import pytest

from dispatch_server.archive.picture_wire import (
    LENGTH,
    BrokenPipeTalk,
    Sample,
    Seen,
    read_reply,
    read_request,
    write_reply,
    write_request,
)

SAMPLE = Sample("stream-1", 1_764_000_000_000_000, b"\x67sps", b"\x68pps", b"\0\0\0\1\x65")
SEEN = Seen("stream-1", 1_764_000_000_000_000, ("blurred", "frozen"), b"\xff\xd8jpeg")


def body_of(message: bytes) -> bytes:
    assert LENGTH.unpack_from(message) == (len(message) - LENGTH.size,)
    return message[LENGTH.size :]


def test_both_ways() -> None:
    assert read_request(body_of(write_request(SAMPLE))) == SAMPLE
    assert read_reply(body_of(write_reply(SEEN))) == SEEN


def test_what_is_too_large_is_not_sent() -> None:
    with pytest.raises(BrokenPipeTalk):
        write_request(Sample("s", 0, b"", b"", bytes(5 << 20)))
    with pytest.raises(BrokenPipeTalk):
        write_request(Sample("s" * 256, 0, b"", b"", b""))


@pytest.mark.parametrize("cut", range(0, 30))
def test_cut_messages_are_refused(cut: int) -> None:
    with pytest.raises(BrokenPipeTalk):
        read_request(body_of(write_request(SAMPLE))[:cut])
    with pytest.raises(BrokenPipeTalk):
        read_reply(body_of(write_reply(SEEN))[:cut])


@pytest.mark.parametrize("plain", [b"[]", b"{}", b"1", b"\xff", b'{"stream_id":1,"utc_us":"x","marks":[]}'])
def test_replies_that_are_no_message_are_refused(plain: bytes) -> None:
    with pytest.raises(BrokenPipeTalk):
        read_reply(LENGTH.pack(len(plain)) + plain)
