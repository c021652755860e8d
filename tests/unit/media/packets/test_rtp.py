"""RTP headers: where the payload is, and what lengths that do not fit are answered with."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.rtp import abs_send_time, is_rtcp, payload_bounds, ssrc_of

FIXED = bytes([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7])


def test_a_plain_packet() -> None:
    packet = FIXED + b"payload"
    assert packet[slice(*payload_bounds(packet))] == b"payload"
    assert ssrc_of(packet) == 7


def test_contributors_extension_and_padding_are_passed_over() -> None:
    packet = (
        bytes([0xB2]) + FIXED[1:] + bytes(8) + bytes([0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0]) + b"payload" + bytes([0, 0, 3])
    )
    assert packet[slice(*payload_bounds(packet))] == b"payload"


@pytest.mark.parametrize(
    "packet",
    [
        bytes([0x90]) + FIXED[1:] + b"\xbe\xde\x00",  # extension header is cut
        bytes([0x90]) + FIXED[1:] + b"\xbe\xde\xff\xff",  # extension is longer than the packet
        bytes([0x8F]) + FIXED[1:],  # fifteen contributors in no bytes
        bytes([0xA0]) + FIXED[1:] + bytes([1, 0]),  # padding of no bytes
        bytes([0xA0]) + FIXED[1:] + bytes([200]),  # more padding than packet
    ],
)
def test_lengths_that_do_not_fit(packet: bytes) -> None:
    with pytest.raises(MalformedPacket):
        payload_bounds(packet)


def test_reports_are_told_by_their_type() -> None:
    assert is_rtcp(bytes([0x80, 200])) and is_rtcp(bytes([0x80, 223]))
    assert not is_rtcp(FIXED) and not is_rtcp(b"\x80")


def test_send_time_is_a_fixed_point_of_64_seconds() -> None:
    assert abs_send_time(1.5) == 3 << 17
    assert abs_send_time(65.5) == abs_send_time(1.5)
