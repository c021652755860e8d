"""Exponential Golomb codes of H.264 table 9-2, and the end of the bits."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.bits import BitReader


def bits(text: str) -> BitReader:
    text = text.replace(" ", "")
    padded = text.ljust(-(-len(text) // 8) * 8, "0")
    return BitReader(int(padded, 2).to_bytes(len(padded) // 8, "big"))


def test_reads_unsigned_codes_of_the_standard() -> None:
    reader = bits("1 010 011 00100 00101 00110 00111 0001000")
    assert [reader.unsigned() for _ in range(8)] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_reads_signed_codes_of_the_standard() -> None:
    reader = bits("1 010 011 00100 00101 00110")
    assert [reader.signed() for _ in range(6)] == [0, 1, -1, 2, -2, 3]


def test_reads_the_longest_code() -> None:
    assert bits("0" * 31 + "1" + "1" * 31).unsigned() == 2**32 - 2


def test_refuses_a_longer_code() -> None:
    with pytest.raises(MalformedPacket):
        bits("0" * 40 + "1" + "1" * 40).unsigned()


def test_refuses_to_read_past_the_end() -> None:
    reader = bits("10101010")
    assert reader.read(8) == 0xAA
    with pytest.raises(MalformedPacket):
        reader.read(1)
