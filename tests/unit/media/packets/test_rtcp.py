"""RTCP: what is written is read back, what is hostile is refused, what is unknown is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets import rtcp

BLOCK = rtcp.ReceiverBlock(0x11223344, 51, -7, 70_001, 123, 0xAABBCCDD, 65_536)
UTC_US = 1_795_000_000_123_456


def test_writes_a_sender_report_byte_for_byte() -> None:
    written = rtcp.write_sender_report(1, 0, 2, 3, 4)
    assert written.hex() == "80c800060000000183aa7e8000000000000000020000000300000004"


def test_reports_come_back() -> None:
    items = rtcp.read_compound(rtcp.write_sender_report(9, UTC_US, 2**32 + 5, 7, 8, [BLOCK]))
    assert items == [rtcp.SenderReport(9, rtcp.ntp_of(UTC_US), 5, 7, 8), BLOCK]
    assert rtcp.read_compound(rtcp.write_receiver_report(9, [BLOCK, BLOCK])) == [BLOCK, BLOCK]


def test_a_compound_comes_back_in_order_without_what_nobody_needs() -> None:
    packet = rtcp.compound(
        rtcp.write_receiver_report(1, []),
        rtcp.write_sdes(1, "dispatch"),
        rtcp.write_pli(1, 2),
        rtcp.write_nack(1, 2, [10, 11, 26, 27, 28]),
        rtcp.write_remb(1, 1_500_000, [2, 3]),
        rtcp.write_bye([2, 3]),
    )
    assert rtcp.read_compound(packet) == [
        rtcp.PictureLoss(2),
        rtcp.Nack(2, (10, 11, 26, 27, 28)),
        rtcp.Remb(1_500_000, (2, 3)),
        rtcp.Bye((2, 3)),
    ]


def test_writes_a_nack_byte_for_byte() -> None:
    # RFC 4585 6.2.1: packet id, then one bit for each of the 16 that follow
    assert rtcp.write_nack(1, 2, [10, 11, 26, 27]).hex() == "81cd00040000000100000002000a8001001b0000"


def test_a_nack_may_cross_the_end_of_16_bits() -> None:
    items = rtcp.read_compound(rtcp.write_nack(1, 2, [65_534, 65_535, 65_536, 65_540]))
    assert items == [rtcp.Nack(2, (65_534, 65_535, 0, 4))]


@given(st.sets(st.integers(-200, 3000), min_size=1, max_size=250))
def test_a_nack_names_exactly_what_is_missing(sequences: set[int]) -> None:
    (nack,) = rtcp.read_compound(rtcp.write_nack(1, 2, sequences))
    assert isinstance(nack, rtcp.Nack)
    assert sorted(nack.sequences) == sorted(sequence & 0xFFFF for sequence in sequences)


def test_a_nack_never_outgrows_a_datagram() -> None:
    assert len(rtcp.write_nack(1, 2, range(0, 60_000, 20))) < 1200


def test_a_full_intra_request_names_its_streams_in_its_entries() -> None:
    entries = b"\0\0\0\7\1\0\0\0" + b"\0\0\0\10\2\0\0\0"
    packet = bytes.fromhex("84ce00060000000100000000") + entries
    assert rtcp.read_compound(packet) == [rtcp.FullIntra(7), rtcp.FullIntra(8)]


@pytest.mark.parametrize("bitrate", [0, 1, 262_143, 262_144, 1_500_000, 999_999_999])
def test_a_bitrate_keeps_18_significant_bits(bitrate: int) -> None:
    (remb,) = rtcp.read_compound(rtcp.write_remb(1, bitrate, [5]))
    assert isinstance(remb, rtcp.Remb)
    assert bitrate * (1 - 2**-17) <= remb.bitrate <= bitrate


def test_an_absurd_bitrate_is_clamped() -> None:
    body = b"\0\0\0\1\0\0\0\0REMB" + bytes((1, 63 << 2 | 3, 255, 255)) + b"\0\0\0\5"
    (remb,) = rtcp.read_compound(b"\x8f\xce\0\5" + body)
    assert remb == rtcp.Remb(rtcp.HIGHEST_BITRATE, (5,))


def test_transport_feedback_is_handed_on_whole() -> None:
    raw = bytes.fromhex("8fcd00050000000100000002000100010000000020010000")
    assert rtcp.read_compound(rtcp.write_pli(1, 2) + raw) == [rtcp.PictureLoss(2), rtcp.TransportFeedback(raw)]


def test_unknown_types_are_passed_over() -> None:
    extended_report = b"\x80\xcf\0\2" + bytes(8)
    assert rtcp.read_compound(extended_report + rtcp.write_pli(1, 2)) == [rtcp.PictureLoss(2)]


def test_there_is_an_end_to_the_items() -> None:
    assert len(rtcp.read_compound(rtcp.write_pli(1, 2) * 100)) == rtcp.MOST_ITEMS
    assert len(rtcp.read_compound(rtcp.write_receiver_report(1, [BLOCK] * 31) * 2)) == rtcp.MOST_ITEMS


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x80\xc9\0",
        b"\x40\xc9\0\1\0\0\0\1",  # version 1
        b"\x80\xc9\0\2\0\0\0\1",  # longer than the datagram
        b"\x81\xc9\0\1\0\0\0\1",  # a block is announced and missing
        b"\xa0\xc9\0\1\0\0\0\0",  # padding of length zero
        b"\x8f\xce\0\3\0\0\0\1\0\0\0\0REMB",
        b"\x82\xcb\0\1\0\0\0\1",
    ],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        rtcp.read_compound(data)


@given(st.integers(0, 4_000_000_000_000_000))
def test_ntp_and_back(utc_us: int) -> None:
    back = rtcp.utc_us_of(rtcp.ntp_of(utc_us))
    wrapped = 2**32 * 1_000_000  # an NTP era
    assert (back - utc_us) % wrapped == 0


def test_a_canonical_name_ends_with_zeros_to_the_next_word() -> None:
    for length in range(12):
        packet = rtcp.write_sdes(1, "x" * length)
        assert len(packet) % 4 == 0
        assert packet[-1] == 0
        assert len(packet) == 4 + 4 * int.from_bytes(packet[2:4], "big")
