"""Transport-wide feedback: what a sender is told of arrivals, in order, late, lost, far apart."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.feedback import (
    MOST_NOTED,
    MOST_REPORTED,
    TICKS_PER_S,
    ArrivalLog,
    pack_statuses,
    parse,
)


def told(packet: bytes | None) -> dict[int, int | None]:
    assert packet is not None
    arrivals = parse(packet)
    return {(arrivals.base + index) & 0xFFFF: ticks for index, ticks in enumerate(arrivals.ticks)}


def log_of(*arrivals: tuple[int, float]) -> ArrivalLog:
    log = ArrivalLog()
    for sequence, now in arrivals:
        log.note(sequence, now)
    return log


def test_nothing_arrived_nothing_told() -> None:
    assert ArrivalLog().build(1.0, 1, 2) is None


def test_byte_for_byte() -> None:
    log = log_of((1, 0.064), (2, 0.0645), (3, 0.065))
    assert log.build(0.1, 1, 2) == bytes.fromhex("8fcd0006000000010000000200010003000001002003000202000000")


def test_holes_are_losses() -> None:
    log = log_of((10, 1.0), (13, 1.01))
    assert told(log.build(1.1, 1, 2)) == {10: 4000, 11: None, 12: None, 13: 4040}


def test_a_loss_between_two_feedbacks_is_told_by_the_second() -> None:
    log = log_of((10, 1.0))
    log.build(1.1, 1, 2)
    log.note(12, 1.11)
    assert told(log.build(1.2, 1, 2)) == {11: None, 12: 4440}


def test_a_late_packet_is_told_with_all_that_came_after_it() -> None:
    log = log_of((10, 1.0), (12, 1.01))
    assert told(log.build(1.1, 1, 2)) == {10: 4000, 11: None, 12: 4040}
    log.note(13, 1.11)
    log.note(11, 1.12)
    assert told(log.build(1.2, 1, 2)) == {11: 4480, 12: 4040, 13: 4440}
    log.note(14, 1.21)
    assert told(log.build(1.3, 1, 2)) == {14: 4840}


def test_reordered_packets_have_negative_deltas() -> None:
    log = log_of((10, 1.010), (12, 1.011), (11, 1.050))
    assert told(log.build(1.1, 1, 2)) == {10: 4040, 11: 4200, 12: 4044}


def test_numbers_wrap() -> None:
    log = log_of((65_534, 1.0), (65_535, 1.001), (0, 1.002), (1, 1.003))
    assert list(told(log.build(1.1, 1, 2))) == [65_534, 65_535, 0, 1]
    log.note(2, 1.004)
    assert list(told(log.build(1.2, 1, 2))) == [2]


def test_feedbacks_are_counted_in_8_bits() -> None:
    log = ArrivalLog()
    counts = []
    for number in range(258):
        log.note(number, float(number))
        packet = log.build(number + 0.1, 1, 2)
        assert packet is not None
        counts.append(parse(packet).count)
    assert counts == [number & 0xFF for number in range(258)]


def test_long_silences_and_late_hours() -> None:
    log = log_of((1, 2_000_000.0), (2, 2_000_007.9), (3, 2_000_100.0))
    first = told(log.build(2_000_100.1, 1, 2))
    # 24 bits of 64 ms: the clock has wrapped, what counts is the distance
    ticks = [value for value in first.values() if value is not None]
    assert len(ticks) == 2  # the third is too far for a delta and waits
    assert ticks[1] - ticks[0] == pytest.approx(7.9 * TICKS_PER_S, abs=1)
    assert list(told(log.build(2_000_100.2, 1, 2))) == [3]


def test_a_sender_that_begins_anew_is_not_a_loss_of_thousands() -> None:
    log = log_of((10, 1.0))
    log.build(1.1, 1, 2)
    log.note(30_000, 1.2)
    assert told(log.build(1.3, 1, 2)) == {30_000: 4800}


def test_a_burst_is_told_in_parts_that_fit_a_datagram() -> None:
    log = log_of(*[(number, 1.0 + number * 0.07) for number in range(MOST_REPORTED + 50)])
    seen: list[int] = []
    while packet := log.build(40.0, 1, 2):
        assert len(packet) <= 1200
        seen.extend(told(packet))
    assert seen == list(range(MOST_REPORTED + 50))


def test_what_nobody_collects_is_bounded_and_counted() -> None:
    log = log_of(*[(number & 0xFFFF, 1.0) for number in range(MOST_NOTED + 5)])
    assert log.dropped == 5


def test_too_late_is_dropped_and_counted() -> None:
    log = ArrivalLog()
    for number in range(1000, 2000, 10):
        for sequence in range(number, number + 10):
            log.note(sequence, sequence / 1000)
        log.build(number / 1000, 1, 2)
    log.note(1001, 2.1)
    assert log.build(2.2, 1, 2) is None
    assert log.dropped == 1


def test_chunks_of_all_three_kinds() -> None:
    assert pack_statuses([1] * 20).hex() == "2014"
    assert pack_statuses([0] * 9000).hex() == "1fff" + "0329"
    assert pack_statuses([1, 0] * 7).hex() == f"{0x8000 | 0b10101010101010:04x}"
    assert pack_statuses([1, 2, 0, 1, 2, 0, 1]).hex() == f"{0xC000 | 0b01100001100001:04x}"


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "8fcd0004000000010000000200010003000001",  # cut
        "8fcd000500000001000000020001000300000100",  # no chunks
        "8fcd0005000000010000000200010003000001002003",  # says more than there is
        "8fcd0006000000010000000200010009000001002009010203040506",  # deltas missing
        "8fcd0006000000010000000200010009000001002000200020002000",  # runs of nothing
        "8fcd000600000001000000020001ffff000001001fff1fff1fff1fff",  # too many
        "8fcd0005000000010000000200010100000001008000c000",  # statuses missing
        "8fce0006000000010000000200010001000001002001000000000000",  # another type
    ],
)
def test_refuses(packet: str) -> None:
    with pytest.raises(MalformedPacket):
        parse(bytes.fromhex(packet))


def packet_with(number: int, mark: int = 0x31) -> bytes:
    return b"\x90" + bytes(11) + b"\xbe\xde\x00\x01" + bytes([mark]) + number.to_bytes(2, "big") + b"\0payload"


def test_packets_that_came_together_are_told_as_one_by_one() -> None:
    together, singly = ArrivalLog(), log_of((7, 1.0), (8, 1.0), (9, 1.0))
    strange = [packet_with(5, mark=0x21), b"\x80" + bytes(30)]
    assert (
        together.note_all([packet_with(7), strange[0], packet_with(8), strange[1], packet_with(9)], 0x31, 1.0)
        == strange
    )
    assert together.build(1.1, 1, 2) == singly.build(1.1, 1, 2)


def test_a_run_that_finds_no_room_is_counted() -> None:
    log = ArrivalLog()
    assert log.note_all([packet_with(number) for number in range(MOST_NOTED + 1)], 0x31, 1.0) == []
    assert log.dropped == MOST_NOTED + 1 and log.build(1.1, 1, 2) is None
