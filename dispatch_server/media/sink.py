"""What media is handed on as: packets to forwarders, whole frames to whoever keeps or decodes them."""

from collections.abc import Sequence
from typing import Protocol

from dispatch_server.media.abilities import Kind, Layer


class MediaPacket:
    """One decrypted RTP packet of an up track, shared by reference among its sinks; never changed after `take`."""

    __slots__ = ("arrival", "is_key", "marker", "payload", "sequence", "timestamp")

    def __init__(
        self, sequence: int, timestamp: int, marker: bool, payload: bytes, is_key: bool, arrival: float
    ) -> None:
        self.sequence = sequence  # extended: 16 wire bits and the roll-over count above them
        self.timestamp = timestamp  # 32 bits as on the wire, the track's clock rate
        self.marker = marker
        self.payload = payload  # without header, extension and padding
        self.is_key = is_key  # first packet of a key frame (video); always True for audio
        self.arrival = arrival  # monotonic seconds


class Frame:
    """One whole access unit (video) or Opus packet (audio) in decoding order, with its place on the server's clock."""

    __slots__ = ("after_gap", "data", "is_key", "kind", "layer", "parameter_sets", "ticks", "utc_us")

    def __init__(
        self,
        kind: Kind,
        layer: Layer,
        ticks: int,
        utc_us: int,
        data: bytes,
        is_key: bool,
        parameter_sets: tuple[bytes, bytes] | None,
        after_gap: bool,
    ) -> None:
        self.kind = kind
        self.layer = layer
        self.ticks = ticks  # RTP time, unwrapped to a growing integer; 90 kHz video, 48 kHz Opus
        self.utc_us = utc_us  # server UTC of capture, microseconds since the epoch
        self.data = data  # video: NAL units each behind a 4-byte length (ISO 14496-15); audio: the Opus packet
        self.is_key = is_key
        self.parameter_sets = parameter_sets  # (SPS, PPS) in force, on key frames only
        self.after_gap = after_gap  # frames before this one are missing


class PacketSink(Protocol):
    """Takes packets as they arrive (a viewer). Must not block, must not keep the sequence itself."""

    def take(self, packets: Sequence[MediaPacket], now: float) -> None: ...


class FrameSink(Protocol):
    """Takes whole frames in order (recorder, picture sampler). Must not block: bounded queue, drop and count."""

    def take_frame(self, frame: Frame) -> None: ...
