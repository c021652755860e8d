"""The last second of a track's packets, kept by reference so that any viewer's NACK can be answered."""

from collections.abc import Sequence

from dispatch_server.media.sink import MediaPacket

SLOTS = 2048  # at 1,500 packets a second this is more than the second that is kept; must be a power of two
KEEP_S = 1.0


class PacketLog:
    """A ring by extended sequence number, bounded in slots and in age."""

    __slots__ = ("_head", "_mask", "_ring", "_tail", "keep_s")

    def __init__(self, keep_s: float = KEEP_S, slots: int = SLOTS) -> None:
        self._ring: list[MediaPacket | None] = [None] * slots
        self._mask = slots - 1
        self._head = -1  # highest sequence ever put
        self._tail = 0  # everything below has been expired
        self.keep_s = keep_s

    def put(self, packets: Sequence[MediaPacket]) -> None:
        ring, mask, head = self._ring, self._mask, self._head
        for packet in packets:
            sequence = packet.sequence
            ring[sequence & mask] = packet
            if sequence > head:
                if head < 0:
                    self._tail = sequence
                head = sequence
        self._head = head

    def get(self, sequence: int, now: float) -> MediaPacket | None:
        packet = self._ring[sequence & self._mask]
        if packet is None or packet.sequence != sequence or now - packet.arrival > self.keep_s:
            return None
        return packet

    def expire(self, now: float) -> None:
        """Let go of what is too old; called a few times a second."""
        oldest = now - self.keep_s
        ring, mask = self._ring, self._mask
        tail = max(self._tail, self._head - mask)
        while tail <= self._head:
            packet = ring[tail & mask]
            if packet is not None and packet.sequence <= tail and packet.arrival > oldest:
                break
            if packet is not None and packet.sequence <= tail:
                ring[tail & mask] = None
            tail += 1
        self._tail = tail
