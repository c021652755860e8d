"""Reception blocks (RFC 3550 A.3, A.8), the round trip, and what a receiver says of a sent stream."""

import pytest

from dispatch_server.media.packets import rtcp
from dispatch_server.media.track.reports import ReceptionStatistics, RoundTrip, SendStatistics

UTC_US = 1_795_000_000_000_000


def test_a_full_stream_has_no_loss() -> None:
    reception = ReceptionStatistics(90_000)
    for sequence in range(70_000, 70_100):
        reception.note(sequence, sequence * 3600 & 0xFFFFFFFF, sequence * 0.04)
    block = reception.block(5, 0.0)
    assert (block.ssrc, block.fraction_lost, block.lost, block.highest, block.jitter) == (5, 0, 0, 70_099, 0)
    assert (block.lsr, block.dlsr) == (0, 0)


def test_loss_of_an_interval_and_of_all_time() -> None:
    reception = ReceptionStatistics(90_000)
    for sequence in range(100):
        if sequence % 4:
            reception.note(sequence, 0, 0.0)
    first = reception.block(5, 0.0)
    assert first.lost == 24  # the very first packet is not known to have existed
    assert first.fraction_lost == int(24 / 99 * 256)
    for sequence in range(100, 200):
        reception.note(sequence, 0, 0.0)
    second = reception.block(5, 0.0)
    assert (second.fraction_lost, second.lost) == (0, 24)
    assert reception.fraction_lost == 0.0


def test_more_than_expected_is_no_negative_fraction() -> None:
    reception = ReceptionStatistics(90_000)
    for sequence in (1, 2, 2, 2, 3):
        reception.note(sequence, 0, 0.0)
    block = reception.block(5, 0.0)
    assert (block.fraction_lost, block.lost) == (0, -2)


def test_nothing_received() -> None:
    block = ReceptionStatistics(90_000).block(5, 1.0)
    assert (block.fraction_lost, block.lost, block.highest) == (0, 0, 0)


def test_a_source_that_begins_anew_has_lost_nothing() -> None:
    reception = ReceptionStatistics(90_000)
    reception.note(10, 0, 0.0)
    reception.note(50_000, 0, 0.0)
    assert reception.block(5, 0.0).lost == 0


def test_jitter_settles_at_the_mean_difference() -> None:
    reception = ReceptionStatistics(90_000)
    for frame in range(400):
        late = 0.01 if frame % 2 else 0.0
        for part in range(5):
            reception.note(frame * 5 + part, frame * 3600, frame * 0.04 + late)
    # every frame differs from the one before by 10 ms
    assert reception.jitter_s == pytest.approx(0.01, rel=0.05)
    assert reception.block(1, 0.0).jitter == pytest.approx(900, rel=0.05)


def test_a_clock_set_anew_is_no_jitter() -> None:
    reception = ReceptionStatistics(90_000)
    reception.note(1, 4_000_000_000, 0.0)
    reception.note(2, 100_000_000, 0.04)
    assert reception.jitter_s == 0.0


def test_rtp_time_wraps_without_jitter() -> None:
    reception = ReceptionStatistics(90_000)
    for frame in range(10):
        reception.note(frame, (2**32 - 18_000 + frame * 3600) & 0xFFFFFFFF, frame * 0.04)
    assert reception.jitter_s == pytest.approx(0.0, abs=1e-6)


def test_last_report_and_delay_since() -> None:
    reception = ReceptionStatistics(90_000)
    reception.on_sender_report(0x0123456789ABCDEF, 10.0)
    block = reception.block(5, 10.5)
    assert block.lsr == 0x456789AB
    assert block.dlsr == 32_768


def test_round_trip_of_two_ends() -> None:
    """The report goes out at 1.0, takes 40 ms, is held for 250 ms, and the answer takes 60 ms."""
    trip = RoundTrip()
    trip.on_report_sent(UTC_US, 1.0)
    receiver = ReceptionStatistics(90_000)
    (report,) = rtcp.read_compound(rtcp.write_sender_report(5, UTC_US, 0, 0, 0))
    assert isinstance(report, rtcp.SenderReport)
    receiver.on_sender_report(report.ntp, 501.04)  # another clock
    assert trip.on_block(receiver.block(5, 501.29), 1.35) == pytest.approx(0.1, abs=1e-4)
    assert trip.seconds == pytest.approx(0.1, abs=1e-4)


def test_a_block_that_answers_no_report_of_ours_tells_nothing() -> None:
    trip = RoundTrip()
    trip.on_report_sent(UTC_US, 1.0)
    assert trip.on_block(rtcp.ReceiverBlock(5, 0, 0, 0, 0, 77, 0), 1.1) is None
    lsr = rtcp.ntp_of(UTC_US) >> 16 & 0xFFFFFFFF
    assert trip.on_block(rtcp.ReceiverBlock(5, 0, 0, 0, 0, lsr, 5 * 65_536), 1.1) is None  # held longer than it took
    assert trip.on_block(rtcp.ReceiverBlock(5, 0, 0, 0, 0, lsr, 0), 60.0) is None
    assert trip.seconds is None


def test_only_the_last_reports_are_kept() -> None:
    trip = RoundTrip()
    for second in range(100):
        trip.on_report_sent(UTC_US + second * 1_000_000, float(second))
    oldest = rtcp.ReceiverBlock(5, 0, 0, 0, 0, rtcp.ntp_of(UTC_US) >> 16 & 0xFFFFFFFF, 0)
    assert trip.on_block(oldest, 5.0) is None


def test_a_sent_stream() -> None:
    sent = SendStatistics(5, 48_000)
    sent.add(3, 300)
    sent.add(1, 100)
    assert rtcp.read_compound(sent.report(UTC_US, 960)) == [rtcp.SenderReport(5, rtcp.ntp_of(UTC_US), 960, 4, 400)]
    sent.on_block(rtcp.ReceiverBlock(5, 64, 12, 0, 480, 0, 0))
    sent.on_block(rtcp.ReceiverBlock(6, 255, 99, 0, 9999, 0, 0))
    assert (sent.fraction_lost, sent.lost, sent.jitter_s) == (0.25, 12, 0.01)
