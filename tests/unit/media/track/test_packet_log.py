"""The log answers for a second, and lets go of everything older."""

from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.packet_log import PacketLog


def packet(sequence: int, arrival: float) -> MediaPacket:
    return MediaPacket(sequence, 0, False, b"x", False, arrival)


def test_answers_what_is_young_enough() -> None:
    log = PacketLog(keep_s=1.0, )
    log.put([packet(10, 0.0), packet(11, 0.5)])
    assert log.get(10, 1.0) is not None
    assert log.get(10, 1.1) is None
    assert log.get(11, 1.1) is not None
    assert log.get(12, 1.1) is None


def test_a_slot_that_was_taken_over_does_not_answer_for_the_old_number() -> None:
    log = PacketLog()
    log.put([packet(1, 0.0), packet(9, 0.0)])
    assert log.get(1, 0.1) is None
    assert log.get(9, 0.1) is not None


def test_expired_packets_are_let_go() -> None:
    log = PacketLog(keep_s=1.0)
    log.put([packet(number, number * 0.1) for number in range(100, 112)])
    log.expire(11.65)
    assert [log.get(number, 10.9) is not None for number in (105, 106, 107, 111)] == [False, False, True, True]
    log.expire(20.0)
    assert log.get(111, 10.9) is None


def test_a_late_packet_keeps_its_place() -> None:
    log = PacketLog(keep_s=1.0)
    log.put([packet(1, 0.0), packet(3, 0.1)])
    log.put([packet(2, 0.2)])
    assert log.get(2, 0.9) is not None
    log.expire(1.15)
    assert log.get(2, 1.15) is not None
