"""Who plays on the stage: a camera whose every picture has a number, and a screen that reads the numbers back."""

from collections.abc import Sequence

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.sink import Frame
from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.media.track.packetize import packetize_h264
from terminals.local_source import LocalSource

SPS = bytes.fromhex("6742c00cda05067e7840000003004000000ca3c50aa8")  # 320 x 180
PPS = bytes.fromhex("68ce0fc8")
PICTURE_S, PACKET_S = 0.04, 0.02
GROUP = 50  # pictures from key frame to key frame
NAL_BYTES = {Layer.MAIN: 4000, Layer.SUB: 600}
MARKS = {Layer.MAIN: 1, Layer.SUB: 2, Layer.SOUND: 3}


def layer_of(frame: Frame) -> Layer:
    return next(layer for layer, mark in MARKS.items() if mark == frame.data[-5])


def number_of(frame: Frame) -> int:
    return int.from_bytes(frame.data[-4:], "big")


class Camera:
    """25 pictures a second in each layer and 50 sounds; a key frame every two seconds and on request."""

    def __init__(self, tracks: Sequence[DownTrack], zero_utc_us: int) -> None:
        self.key_wanted: set[Layer] = set()
        self.keys = 0
        self.taken = {track.plan.layer: 0 for track in tracks}
        self._tracks = {track.plan.layer: track for track in tracks}
        self._sources = {
            layer: LocalSource(48_000 if layer is Layer.SOUND else 90_000, zero_utc_us) for layer in self._tracks
        }
        self._zero_utc_us = zero_utc_us
        self.started: float | None = None
        self._begun: set[Layer] = set()
        self._since_key = dict.fromkeys(self._tracks, GROUP)

    def due(self) -> float:
        return min(self._due(layer) for layer in self._tracks)

    def _due(self, layer: Layer) -> float:
        return (self.started or 0.0) + self.taken[layer] * (PACKET_S if layer is Layer.SOUND else PICTURE_S)

    def shoot(self, now: float) -> None:
        """Take and send what is due; the first time is picture 0."""
        if self.started is None:
            self.started = now
            for source in self._sources.values():
                source.started_utc_us = self._zero_utc_us + int(now * 1_000_000)
        for layer, track in self._tracks.items():
            while self._due(layer) <= now:
                self._send(layer, track, now)

    def _send(self, layer: Layer, track: DownTrack, now: float) -> None:
        number = self.taken[layer]
        self.taken[layer] += 1
        mark = bytes((MARKS[layer],)) + number.to_bytes(4, "big")
        if layer is Layer.SOUND:
            packets = self._sources[layer].number([(b"\xf8" + bytes(80) + mark, False)], number * 960, True, now)
        else:
            key = self._since_key[layer] >= GROUP or layer in self.key_wanted
            self._since_key[layer] = 1 if key else self._since_key[layer] + 1
            self.key_wanted.discard(layer)
            self.keys += key
            body = b"\x55" * NAL_BYTES[layer] + mark
            units = [SPS, PPS, b"\x65\x88" + body] if key else [b"\x61\x9a" + body]
            packets = self._sources[layer].number(packetize_h264(units), number * 3600, key, now)
        if layer not in self._begun:
            track.begin(self._sources[layer], packets[0], now)
            self._begun.add(layer)
        track.forward(packets, now)


class Screen:
    """A frame sink that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def take_frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    @property
    def pictures(self) -> list[Frame]:
        return [frame for frame in self.frames if frame.kind is Kind.VIDEO]

    def numbers(self, layer: Layer = Layer.MAIN) -> list[int]:
        return [number_of(frame) for frame in self.frames if layer_of(frame) is layer]
