"""The log answers for a second, grows to hold that second, and is bounded."""

from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.packet_log import FIRST_SLOTS, MOST_SLOTS, PacketLog


def packet(sequence: int, arrival: float) -> MediaPacket:
    return MediaPacket(sequence, 0, False, b"x", False, arrival)


def test_answers_what_is_young_enough() -> None:
    log = PacketLog(keep_s=1.0)
    log.put([packet(10, 0.0), packet(11, 0.5)])
    assert log.get(10, 1.0) is not None
    assert log.get(10, 1.1) is None
    assert log.get(11, 1.1) is not None
    assert log.get(12, 1.1) is None


def test_a_slot_that_was_taken_over_does_not_answer_for_the_old_number() -> None:
    log = PacketLog(keep_s=1.0)
    log.put([packet(1, 0.0)])
    log.put([packet(1 + FIRST_SLOTS, 1.5)])
    assert log.get(1, 0.5) is None
    assert log.get(1 + FIRST_SLOTS, 1.6) is not None


def test_a_fast_track_is_kept_for_a_whole_second() -> None:
    log = PacketLog(keep_s=1.0)
    for number in range(3000):
        log.put([packet(number, number / 1000)])
    assert all(log.get(number, 2.999) is not None for number in range(2000, 3000))


def test_a_flood_does_not_grow_it_without_end() -> None:
    log = PacketLog(keep_s=1.0)
    for number in range(3 * MOST_SLOTS):
        log.put([packet(number, 0.0)])
    kept = [number for number in range(3 * MOST_SLOTS) if log.get(number, 0.1) is not None]
    assert kept == list(range(2 * MOST_SLOTS, 3 * MOST_SLOTS))


def test_a_late_packet_keeps_its_place() -> None:
    log = PacketLog(keep_s=1.0)
    log.put([packet(1, 0.0), packet(3, 0.1)])
    log.put([packet(2, 0.2)])
    assert log.get(2, 0.9) is not None
