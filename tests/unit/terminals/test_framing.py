"""Datagrams in a byte stream."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from terminals.framing import LARGEST_DATAGRAM, Unframer, frame


def test_what_is_framed_comes_out_however_it_is_cut() -> None:
    datagrams = [bytes([number]) * size for number, size in enumerate((1, 300, 1500, 2), 1)]
    buffer = bytearray(b"xx" + b"".join(datagrams))
    stream = frame(buffer, 2, [len(datagram) for datagram in datagrams])
    for piece in (1, 2, 3, 299, len(stream)):
        unframer = Unframer()
        found = [d for at in range(0, len(stream), piece) for d in unframer.push(stream[at : at + piece])]
        assert found == datagrams


@pytest.mark.parametrize("size", [0, LARGEST_DATAGRAM + 1, 65_535])
def test_a_length_that_cannot_be_ends_the_stream(size: int) -> None:
    with pytest.raises(MalformedPacket):
        Unframer().push(size.to_bytes(2, "big") + b"x")
