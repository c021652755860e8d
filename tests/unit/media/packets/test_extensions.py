"""Header extensions in both forms; whatever is cut or odd ends the list and never raises."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.media.packets.extensions import read_elements

HEAD = bytes([0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7])


def with_words(profile: int, data: bytes) -> bytes:
    data += bytes(-len(data) % 4)
    return HEAD + profile.to_bytes(2, "big") + (len(data) // 4).to_bytes(2, "big") + data + b"payload"


def test_one_byte_elements() -> None:
    packet = with_words(0xBEDE, bytes([0x31, 0x12, 0x34, 0, 0x42, 1, 2, 3]))
    assert read_elements(packet) == {3: b"\x12\x34", 4: b"\x01\x02\x03"}


def test_two_byte_elements() -> None:
    packet = with_words(0x1000, bytes([20, 3, 7, 8, 9, 0, 21, 0]))
    assert read_elements(packet) == {20: b"\x07\x08\x09", 21: b""}


def test_the_reserved_id_ends_the_list() -> None:
    assert read_elements(with_words(0xBEDE, bytes([0x10, 1, 0xF0, 9, 0x20, 2]))) == {1: b"\x01"}


def test_an_element_that_is_cut_ends_the_list() -> None:
    assert read_elements(with_words(0xBEDE, bytes([0x10, 1, 0x2F, 9]))) == {1: b"\x01"}


def test_packets_without_extension() -> None:
    assert read_elements(b"\x80" + HEAD[1:] + b"payload") == {}
    assert read_elements(HEAD + b"\xbe\xde\x00\x09") == {}


@given(st.binary(max_size=80))
def test_anything_at_all(data: bytes) -> None:
    read_elements(data)
    read_elements(HEAD + data)
