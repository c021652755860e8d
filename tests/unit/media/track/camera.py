"""A pretended camera: access units to media packets, and a sink that keeps its frames."""

from collections.abc import Sequence

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import starts_key_frame
from dispatch_server.media.sink import Frame, MediaPacket
from dispatch_server.media.track.frames import FrameAssembler
from dispatch_server.media.track.packetize import packetize_h264
from dispatch_server.media.track.timeline import SenderClock, Timeline

START_US = 1_795_000_000_000_000
SPS, PPS = b"\x67\x42\xc0\x1f\xda", b"\x68\xce\x3c\x80"
STEP_S = 0.04


def idr(size: int = 5000) -> bytes:
    return b"\x65\x88" + bytes(size)


def slice_(size: int = 3000, number: int = 0) -> bytes:
    return b"\x61\x9a" + number.to_bytes(4, "big") + bytes(size)


class Kept:
    """A frame sink that keeps all it gets."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def take_frame(self, frame: Frame) -> None:
        self.frames.append(frame)


class Camera:
    """Access units to media packets, numbered on."""

    def __init__(self, sequence: int = 65_530, timestamp: int = 4_294_960_000) -> None:
        self.sequence = sequence
        self.timestamp = timestamp
        self.now = 0.0

    def send(self, *nals: bytes, marker: bool = True) -> list[MediaPacket]:
        packets = []
        for payload, last in packetize_h264(nals):
            packets.append(
                MediaPacket(
                    self.sequence, self.timestamp, last and marker, payload, starts_key_frame(payload), self.now
                )
            )
            self.sequence += 1
        self.timestamp = (self.timestamp + 3600) & 0xFFFFFFFF
        self.now += STEP_S
        return packets

    def group(self, frames: int) -> list[list[MediaPacket]]:
        return [self.send(SPS, PPS, idr())] + [self.send(slice_(number=number)) for number in range(1, frames)]


def flat(units: Sequence[Sequence[MediaPacket]]) -> list[MediaPacket]:
    return [packet for unit in units for packet in unit]


def timeline(clock_rate: int = 90_000) -> Timeline:
    line = Timeline(clock_rate, SenderClock())
    line.note_arrival(line.unwrap(4_294_960_000), START_US)
    return line


def assembler(kind: Kind = Kind.VIDEO, patience_s: float = 1.5) -> tuple[FrameAssembler, Kept]:
    layer, clock_rate = (Layer.MAIN, 90_000) if kind is Kind.VIDEO else (Layer.SOUND, 48_000)
    made = FrameAssembler(kind, layer, timeline(clock_rate), patience_s)
    kept = Kept()
    made.add_sink(kept)
    return made, kept
