"""The last second of a track's packets, kept by reference so that any viewer's NACK can be answered."""

from collections.abc import Sequence

from dispatch_server.media.sink import MediaPacket

FIRST_SLOTS, MOST_SLOTS = 64, 4096  # powers of two
KEEP_S = 1.0


class PacketLog:
    """
    A ring by extended sequence number. It doubles while it forgets packets younger than `keep_s`, so it holds one to
    two seconds of its own track, and at most MOST_SLOTS packets of any.
    """

    __slots__ = ("_mask", "_ring", "keep_s")

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._ring: list[MediaPacket | None] = [None] * FIRST_SLOTS
        self._mask = FIRST_SLOTS - 1
        self.keep_s = keep_s

    def put(self, packets: Sequence[MediaPacket]) -> None:
        ring, mask = self._ring, self._mask
        first = packets[0]
        old = ring[first.sequence & mask]
        if old is not None and first.arrival - old.arrival < self.keep_s and mask + 1 < MOST_SLOTS:
            self._grow()
            ring, mask = self._ring, self._mask
        for packet in packets:
            ring[packet.sequence & mask] = packet

    def get(self, sequence: int, now: float) -> MediaPacket | None:
        packet = self._ring[sequence & self._mask]
        if packet is None or packet.sequence != sequence or now - packet.arrival > self.keep_s:
            return None
        return packet

    def _grow(self) -> None:
        kept = [packet for packet in self._ring if packet is not None]
        slots = 2 * len(self._ring)
        self._ring, self._mask = [None] * slots, slots - 1
        for packet in kept:
            self._ring[packet.sequence & self._mask] = packet
