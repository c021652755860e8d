"""One viewer's numbering: sequence numbers and timestamps that stay continuous whatever the source does."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dispatch_server.media.sink import MediaPacket

# A NACK may still name packets of the source before the last switch; older epochs are out of the log anyway.
EPOCHS_KEPT = 4
LATE_PACKETS = 256  # how much later a packet of a squeezed stretch may still come


class PacketSource(Protocol):
    """What a down track takes its packets from: an up track, or an encoder of this process."""

    @property
    def highest(self) -> int:
        """Highest extended sequence number so far."""
        ...

    def logged(self, sequence: int, now: float) -> MediaPacket | None: ...

    def ticks_at(self, utc_us: int) -> int | None:
        """RTP time of the source at a server UTC, or None while it is not known."""
        ...


@dataclass(slots=True)
class Epoch:
    """A stretch of one source, sent with one pair of offsets."""

    source: PacketSource
    first: int  # the source's first sequence of this stretch; older packets are not sent
    first_out: int
    sequence_offset: int
    timestamp_offset: int
    squeezed: Mapping[int, int] = field(default_factory=dict)  # source timestamp → sent timestamp
    squeezed_until: int = 0  # source sequence from which the map is not needed any more
    answered_from: int = 0  # sent sequence below which NACKs are not answered


class Rewrite:
    """Offsets from the source's numbers to the viewer's, and the way back for NACKs."""

    __slots__ = ("clock_rate", "epoch", "highest", "last_sent", "last_timestamp", "past")

    def __init__(self, clock_rate: int, first_sequence: int, first_timestamp: int) -> None:
        self.clock_rate = clock_rate
        self.highest = first_sequence - 1  # extended, as sent
        self.last_timestamp = first_timestamp
        self.last_sent: float | None = None
        self.epoch: Epoch | None = None
        self.past: deque[Epoch] = deque(maxlen=EPOCHS_KEPT)

    def begin(self, source: PacketSource, first: MediaPacket, now: float) -> Epoch:
        """Go on with another source (or the same one after a pause) from `first`, as if nothing had happened."""
        previous = self.epoch
        if previous is not None:
            self.past.append(previous)
        step = 0
        if self.last_sent is not None:
            step = max(1, round((now - self.last_sent) * self.clock_rate))
        first_out = self.highest + 1
        self.epoch = Epoch(
            source=source,
            first=first.sequence,
            first_out=first_out,
            sequence_offset=first_out - first.sequence,
            timestamp_offset=(self.last_timestamp + step - first.timestamp) & 0xFFFFFFFF,
        )
        return self.epoch

    def begin_squeezed(self, source: PacketSource, packets: list[MediaPacket], now: float) -> Epoch:
        """
        Begin with a stretch that is already over (the newest group of pictures): its frames get timestamps a
        millisecond apart, so that the viewer decodes them at once and is then at the live edge.
        """
        epoch = self.begin(source, packets[0], now)
        stamps = list(dict.fromkeys(packet.timestamp for packet in packets))
        millisecond = self.clock_rate // 1000
        base = (packets[0].timestamp + epoch.timestamp_offset) & 0xFFFFFFFF
        squeezed = {stamp: (base + index * millisecond) & 0xFFFFFFFF for index, stamp in enumerate(stamps)}
        newest = stamps[-1]
        epoch.squeezed = squeezed
        epoch.squeezed_until = packets[-1].sequence + LATE_PACKETS
        epoch.timestamp_offset = (squeezed[newest] - newest) & 0xFFFFFFFF
        return epoch

    def sent(self, highest_in: int, last_timestamp: int, now: float) -> None:
        """Remember how far the viewer is; `last_timestamp` as sent."""
        epoch = self.epoch
        if epoch is None:
            return
        highest = highest_in + epoch.sequence_offset
        if highest >= self.highest:
            self.highest = highest
            self.last_timestamp = last_timestamp
            self.last_sent = now

    def find(self, sequence16: int, now: float) -> tuple[MediaPacket, Epoch] | None:
        """The packet that the viewer knows by this sequence number, if it is still in the log."""
        sequence = self.highest - ((self.highest - sequence16) & 0xFFFF)
        epoch = self.epoch
        past = len(self.past) - 1
        while epoch is not None:
            if sequence >= epoch.first_out:
                if sequence < epoch.answered_from:
                    return None
                packet = epoch.source.logged(sequence - epoch.sequence_offset, now)
                return None if packet is None else (packet, epoch)
            epoch = self.past[past] if past >= 0 else None
            past -= 1
        return None

    def settle(self, epoch: Epoch, sequence: int) -> None:
        """Forget the squeezed timestamps once the source is well past that stretch."""
        if sequence > epoch.squeezed_until:
            epoch.squeezed = {}
            epoch.answered_from = epoch.squeezed_until - LATE_PACKETS + 1 + epoch.sequence_offset

    @staticmethod
    def timestamp(packet: MediaPacket, epoch: Epoch) -> int:
        """The timestamp under which the packet went out."""
        squeezed = epoch.squeezed.get(packet.timestamp) if epoch.squeezed else None
        if squeezed is not None:
            return squeezed
        return (packet.timestamp + epoch.timestamp_offset) & 0xFFFFFFFF
