"""RTCP against aiortc's classes: it reads what we write, we read what it writes."""

import pytest
from aiortc import rtp as other
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.media.packets import rtcp

u32 = st.integers(0, 2**32 - 1)
u24 = st.integers(-(2**23), 2**23 - 1)
u8 = st.integers(0, 255)
blocks = st.builds(rtcp.ReceiverBlock, u32, u8, u24, u32, u32, u32, u32)


def as_other(block: rtcp.ReceiverBlock) -> other.RtcpReceiverInfo:
    return other.RtcpReceiverInfo(
        block.ssrc, block.fraction_lost, block.lost, block.highest, block.jitter, block.lsr, block.dlsr
    )


@given(u32, st.integers(0, 4 * 10**15), u32, u32, u32, st.lists(blocks, max_size=31))
def test_it_reads_our_sender_reports(
    ssrc: int, utc_us: int, timestamp: int, packets: int, octets: int, reports: list[rtcp.ReceiverBlock]
) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.write_sender_report(ssrc, utc_us, timestamp, packets, octets, reports))
    info = other.RtcpSenderInfo(rtcp.ntp_of(utc_us), timestamp, packets, octets)
    assert read == other.RtcpSrPacket(ssrc, info, [as_other(block) for block in reports])


@given(u32, st.lists(blocks, max_size=31))
def test_it_reads_our_receiver_reports(ssrc: int, reports: list[rtcp.ReceiverBlock]) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.write_receiver_report(ssrc, reports))
    assert read == other.RtcpRrPacket(ssrc, [as_other(block) for block in reports])


@given(u32, u32, st.sets(st.integers(0, 65_535), min_size=1, max_size=200))
def test_it_reads_our_nacks(sender: int, media: int, lost: set[int]) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.write_nack(sender, media, lost))
    assert (read.fmt, read.ssrc, read.media_ssrc, read.lost) == (1, sender, media, sorted(lost))


@given(u32, u32)
def test_it_reads_our_requests_for_a_picture(sender: int, media: int) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.write_pli(sender, media))
    assert read == other.RtcpPsfbPacket(other.RTCP_PSFB_PLI, sender, media)


@given(u32, st.integers(0, 10**9), st.lists(u32, max_size=20))
def test_it_reads_our_estimates(sender: int, bitrate: int, ssrcs: list[int]) -> None:
    (read,) = other.RtcpPacket.parse(rtcp.write_remb(sender, bitrate, ssrcs))
    assert read == other.RtcpPsfbPacket(other.RTCP_PSFB_APP, sender, 0, fci=other.pack_remb_fci(bitrate, ssrcs))


@given(st.lists(u32, max_size=31), u32, st.text(max_size=80))
def test_it_reads_our_goodbyes_and_names(ssrcs: list[int], ssrc: int, name: str) -> None:
    bye, names = other.RtcpPacket.parse(rtcp.compound(rtcp.write_bye(ssrcs), rtcp.write_sdes(ssrc, name)))
    assert bye == other.RtcpByePacket(ssrcs)
    assert names.chunks[0].ssrc == ssrc
    assert names.chunks[0].items == [(1, name.encode()[:255])]


@given(st.lists(blocks, max_size=31), st.integers(0, 2**64 - 1), u32)
def test_we_read_its_reports(reports: list[rtcp.ReceiverBlock], ntp: int, ssrc: int) -> None:
    info = other.RtcpSenderInfo(ntp, 1, 2, 3)
    sent = bytes(other.RtcpSrPacket(ssrc, info, [as_other(block) for block in reports]))
    assert rtcp.read_compound(sent) == [rtcp.SenderReport(ssrc, ntp, 1, 2, 3), *reports]
    assert rtcp.read_compound(bytes(other.RtcpRrPacket(ssrc, [as_other(block) for block in reports]))) == reports


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=100, unique=True).map(sorted))
def test_we_read_its_nacks(lost: list[int]) -> None:
    (nack,) = rtcp.read_compound(bytes(other.RtcpRtpfbPacket(1, 5, 6, lost)))
    assert nack == rtcp.Nack(6, tuple(lost))


@pytest.mark.parametrize("bitrate", [0, 30_000, 2_500_000, 10**9])
def test_we_read_its_estimates(bitrate: int) -> None:
    fci = other.pack_remb_fci(bitrate, [9, 8])
    (remb,) = rtcp.read_compound(bytes(other.RtcpPsfbPacket(15, 5, 0, fci)))
    assert remb == rtcp.Remb(
        *[value if isinstance(value, int) else tuple(value) for value in other.unpack_remb_fci(fci)]
    )


def test_we_read_its_compounds() -> None:
    sent = b"".join(
        bytes(packet)
        for packet in (
            other.RtcpRrPacket(1),
            other.RtcpSdesPacket([other.RtcpSourceInfo(1, [(1, b"name")])]),
            other.RtcpPsfbPacket(1, 1, 2),
            other.RtcpByePacket([2]),
        )
    )
    assert rtcp.read_compound(sent) == [rtcp.PictureLoss(2), rtcp.Bye((2,))]
