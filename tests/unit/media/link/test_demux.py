"""Datagrams are told apart by length and first byte, and a request's user fragment is read without trust."""

import pytest

from dispatch_server.media.link.binding import make_request, make_success
from dispatch_server.media.link.demux import LARGEST_DATAGRAM, DatagramKind, kind_of, local_ufrag_of

REQUEST = make_request(bytes(range(12)), "ours12345678:theirs", b"p" * 24, bytes(8), nominates=True)


def padded_request(attributes: bytes) -> bytes:
    return b"\x00\x01" + len(attributes).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12) + attributes


@pytest.mark.parametrize(
    ("first", "last", "kind"),
    [
        (0, 3, DatagramKind.STUN),
        (4, 19, DatagramKind.OTHER),
        (20, 63, DatagramKind.DTLS),
        (64, 127, DatagramKind.OTHER),
        (128, 191, DatagramKind.MEDIA),
        (192, 255, DatagramKind.OTHER),
    ],
)
def test_the_first_byte_decides(first: int, last: int, kind: DatagramKind) -> None:
    for byte in range(first, last + 1):
        for length in (1, 2, 64, LARGEST_DATAGRAM):
            assert kind_of(bytes((byte,)) * length) is kind


def test_nothing_and_too_much_are_refused() -> None:
    assert kind_of(b"") is DatagramKind.OTHER
    assert kind_of(bytes(LARGEST_DATAGRAM + 1)) is DatagramKind.OTHER


def test_our_fragment_is_read_from_a_request() -> None:
    assert local_ufrag_of(REQUEST) == "ours12345678"


def test_it_is_found_behind_other_attributes() -> None:
    software = b"\x80\x22\x00\x05hello\x00\x00\x00"
    assert local_ufrag_of(padded_request(software * 3 + b"\x00\x06\x00\x03a:b\x00")) == "a"


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        make_success(bytes(12), b"k", ("192.0.2.1", 1)),
        REQUEST + b"\x00\x00\x00\x00",  # the length does not fit
        REQUEST[:4] + b"\x21\x12\xa4\x43" + REQUEST[8:],  # another cookie
        padded_request(b""),
        padded_request(b"\x00\x06\x00\x04nope"),  # no colon
        padded_request(b"\x00\x06\x00\x04:bcd"),  # nothing before it
        padded_request(b"\x00\x06\x00\x04\xc3\xa9:a"),  # not ASCII
        padded_request(b"\x00\x06\x00\x40a:b\x00"),  # longer than the message
        padded_request(b"\x00\x06\x02\x04" + b"a" * 514 + b":b"),  # longer than any fragment
        padded_request(b"\x80\x22\x00\x00" * 20 + b"\x00\x06\x00\x03a:b\x00"),  # too far behind
        padded_request(b"\x00\x06"),
    ],
)
def test_everything_else_has_no_fragment(datagram: bytes) -> None:
    assert local_ufrag_of(datagram) is None


def test_a_cut_request_has_no_fragment() -> None:
    assert all(local_ufrag_of(REQUEST[:length]) is None for length in range(len(REQUEST)))
