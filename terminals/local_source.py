"""What a terminal's encoder gives to a down track: numbered packets, a log for NACKs, and its clock."""

from collections.abc import Sequence

from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.packet_log import PacketLog

MICROSECONDS = 1_000_000


class LocalSource:
    """Numbers the payloads of one encoder. RTP time runs from `started_utc_us` at `clock_rate`."""

    def __init__(self, clock_rate: int, started_utc_us: int) -> None:
        self.clock_rate = clock_rate
        self.started_utc_us = started_utc_us
        self.log = PacketLog()
        self._next = 0

    @property
    def highest(self) -> int:
        return self._next - 1

    def logged(self, sequence: int, now: float) -> MediaPacket | None:
        return self.log.get(sequence, now)

    def ticks_at(self, utc_us: int) -> int:
        """RTP time at a UTC of this device."""
        return (utc_us - self.started_utc_us) * self.clock_rate // MICROSECONDS & 0xFFFFFFFF

    def number(self, payloads: Sequence[tuple[bytes, bool]], ticks: int, is_key: bool, now: float) -> list[MediaPacket]:
        """The packets of one access unit: (payload, marker) pairs of `media/track/packetize.py`."""
        sequence, timestamp = self._next, ticks & 0xFFFFFFFF
        packets = [
            MediaPacket(sequence + index, timestamp, marker, payload, is_key, now)
            for index, (payload, marker) in enumerate(payloads)
        ]
        self._next += len(packets)
        self.log.put(packets)
        return packets
