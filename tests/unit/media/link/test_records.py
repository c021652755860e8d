"""Records: whole and modest datagrams pass, and OpenSSL's output is cut where records end."""

import pytest

from dispatch_server.media.link.records import admit, pack_datagrams

LIMIT = 16 * 1024


def message(length: int, offset: int, fragment: bytes) -> bytes:
    return (
        b"\x01"
        + length.to_bytes(3, "big")
        + b"\0\0"
        + offset.to_bytes(3, "big")
        + len(fragment).to_bytes(3, "big")
        + fragment
    )


def record(body: bytes, kind: int = 22, epoch: int = 0, version: bytes = b"\xfe\xfd") -> bytes:
    return bytes((kind,)) + version + epoch.to_bytes(2, "big") + bytes(6) + len(body).to_bytes(2, "big") + body


HELLO = record(message(4, 0, b"abcd"))


@pytest.mark.parametrize(
    "datagram",
    [
        HELLO,
        HELLO + HELLO,
        record(message(4, 0, b"ab") + message(4, 2, b"cd")),
        record(message(0, 0, b"")),  # ServerHelloDone is empty
        record(message(LIMIT, 0, b"ab")),
        record(b"\x02\x28", kind=21),
        record(b"\x01", kind=20),
        record(b"anything at all", epoch=1),
        record(b"anything", kind=23, epoch=1, version=b"\xfe\xff"),
    ],
)
def test_whole_modest_records_pass(datagram: bytes) -> None:
    assert admit(datagram, LIMIT)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        HELLO + b"\x16",
        HELLO[:-1],
        record(b"abc", kind=24),
        record(b"abc", kind=23),  # application data in clear
        record(message(4, 0, b"abcd"), version=b"\x03\x03"),
        record(message(LIMIT + 1, 0, b"ab")),  # announces too much
        record(message(4, 0, b"")),  # an empty fragment of something: others have looped over it
        record(message(4, 3, b"ab")),  # reaches beyond its end
        record(message(4, 0, b"abcd") + b"\x01\x00"),  # half a header
        record(message(8, 0, b"abcd")[:-1]),  # cut within
    ],
)
def test_all_else_is_refused(datagram: bytes) -> None:
    assert not admit(datagram, LIMIT)


def test_records_share_a_datagram_while_they_fit() -> None:
    small, large = record(bytes(100)), record(bytes(1100))
    assert pack_datagrams(b"", 1200) == []
    assert pack_datagrams(small * 3, 1200) == [small * 3]
    assert pack_datagrams(small + large + small, 1200) == [small, large, small]
    assert pack_datagrams(small * 11, 1200) == [small * 10, small]
