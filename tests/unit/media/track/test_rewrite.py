"""Numbers stay continuous for the viewer whatever the source does."""

from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.rewrite import LATE_PACKETS, Rewrite


class Source:
    """Keeps its packets for ever."""

    def __init__(self) -> None:
        self.packets: dict[int, MediaPacket] = {}

    def add(self, sequence: int, timestamp: int) -> MediaPacket:
        packet = MediaPacket(sequence, timestamp, False, b"x", True, 0.0)
        self.packets[sequence] = packet
        return packet

    @property
    def highest(self) -> int:
        return max(self.packets)

    def logged(self, sequence: int, now: float) -> MediaPacket | None:
        return self.packets.get(sequence)

    def ticks_at(self, utc_us: int) -> int:
        return 0


def test_another_source_goes_on_where_the_last_one_stopped() -> None:
    rewrite, first, second = Rewrite(90_000, 500, 7000), Source(), Source()
    packet = first.add(65_534, 1000)
    epoch = rewrite.begin(first, packet, 1.0)
    assert packet.sequence + epoch.sequence_offset == 500
    assert Rewrite.timestamp(packet, epoch) == 7000
    rewrite.sent(65_534, 7000, 1.0)

    other = second.add(10, 0xFFFFFFFF)
    epoch = rewrite.begin(second, other, 1.5)
    assert other.sequence + epoch.sequence_offset == 501
    assert Rewrite.timestamp(other, epoch) == 7000 + 45_000


def test_a_nack_finds_the_packet_of_the_epoch_it_was_sent_in() -> None:
    rewrite, first, second = Rewrite(90_000, 65_535, 0), Source(), Source()
    old = first.add(7, 0)
    rewrite.begin(first, old, 0.0)
    rewrite.sent(7, 0, 0.0)
    new = second.add(100, 0)
    rewrite.begin(second, new, 0.1)
    rewrite.sent(100, 0, 0.1)
    found_old, found_new = rewrite.find(65_535, 0.2), rewrite.find(0, 0.2)
    assert found_old is not None and found_old[0] is old
    assert found_new is not None and found_new[0] is new
    assert rewrite.find(1, 0.2) is None
    assert rewrite.find(30_000, 0.2) is None


def test_a_past_group_of_pictures_is_squeezed_into_milliseconds() -> None:
    rewrite, source = Rewrite(90_000, 0, 1_000_000), Source()
    packets = [source.add(number, number // 2 * 3600) for number in range(20)]
    epoch = rewrite.begin_squeezed(source, packets, 5.0)
    stamps = [Rewrite.timestamp(packet, epoch) for packet in packets]
    assert stamps == [1_000_000 + number // 2 * 90 for number in range(20)]
    following = source.add(20, 36_000)
    assert Rewrite.timestamp(following, epoch) - stamps[-1] == 3600


def test_squeezed_packets_are_not_answered_once_their_timestamps_are_forgotten() -> None:
    rewrite, source = Rewrite(90_000, 0, 0), Source()
    packets = [source.add(number, number * 3600) for number in range(5)]
    epoch = rewrite.begin_squeezed(source, packets, 0.0)
    late = source.add(5 + LATE_PACKETS, 0)
    rewrite.settle(epoch, late.sequence)
    rewrite.sent(late.sequence, 0, 1.0)
    assert rewrite.find(2, 1.0) is None
    assert rewrite.find(5 + LATE_PACKETS, 1.0) is not None
