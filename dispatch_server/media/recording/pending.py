"""What a recorder has collected and not handed over: the segment in the making, the fragment in the making."""

from dataclasses import dataclass, field

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Layer
from dispatch_server.media.packets.h264 import read_sps
from dispatch_server.media.recording.placing import PicturePlacer, SoundPlacer
from dispatch_server.media.sink import Frame

SAMPLE_BYTES = 64  # what a sample costs beside its payload, for the bounds
PICTURE_US, PACKET_US = 40_000, 20_000
LARGEST_PPS_BYTES = 1_024


class Segment:
    """A segment in the making."""

    __slots__ = ("begun", "layer", "parameter_sets", "picture", "sound", "start_us")

    def __init__(self, start_us: int, parameter_sets: tuple[bytes, bytes] | None, layer: Layer) -> None:
        self.start_us = start_us
        self.parameter_sets = parameter_sets  # None: sound only
        self.layer = layer
        self.picture = PicturePlacer(start_us)
        self.sound = SoundPlacer(start_us)
        self.begun = False  # its first fragment was handed over


@dataclass(slots=True)
class Pending:
    """The fragment being collected, and sound that is ahead of it."""

    start_us: int = 0
    seen: float | None = None  # on the monotonic clock of `tick`
    pictures: list[Frame] = field(default_factory=list)
    sound: list[Frame] = field(default_factory=list)
    bytes: int = 0
    step_us: int = PICTURE_US  # between the last two pictures

    def end_us(self) -> int:
        last_picture = self.pictures[-1].utc_us + self.step_us if self.pictures else 0
        last_sound = self.sound[-1].utc_us + PACKET_US if self.sound else 0
        return max(last_picture, last_sound, self.start_us)

    def take_sound(self, until_us: int) -> list[Frame]:
        count = next((n for n, packet in enumerate(self.sound) if packet.utc_us >= until_us), len(self.sound))
        taken, self.sound = self.sound[:count], self.sound[count:]
        return taken

    def restart(self, start_us: int) -> None:
        self.start_us, self.seen = start_us, None
        self.bytes = sum(len(packet.data) + SAMPLE_BYTES for packet in self.sound)


def readable(sets: tuple[bytes, bytes] | None) -> tuple[bytes, bytes] | None:
    """Parameter sets that a container can be made for; they come from outside."""
    if sets is None or not 0 < len(sets[1]) <= LARGEST_PPS_BYTES:
        return None
    try:
        read_sps(sets[0])
    except MalformedPacket:
        return None
    return sets
