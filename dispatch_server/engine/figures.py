"""Turns counters of tracks into figures that people read: frames a second, loss, size."""

from dataclasses import dataclass

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.figures import LayerFigures, SessionFigures, StreamFigures
from dispatch_server.media.packets.h264 import read_sps
from dispatch_server.media.peer import Peer
from dispatch_server.media.track.up_track import UpTrack

SAMPLE_S = 1.0
_SPS, _STAP_A = 7, 24


@dataclass(slots=True)
class Sample:
    """Counters of one track at one moment, and the rates since the one before."""

    at: float
    frames: int
    received: int
    lost: int
    fps: float = 0.0
    loss: float = 0.0


class Figures:
    """Keeps the last sample of each track; asked by many, computed once a second."""

    def __init__(self) -> None:
        self._samples: dict[int, Sample] = {}

    def stream(self, peer: Peer, tracks: dict[Layer, UpTrack], viewers: int, now: float) -> StreamFigures:
        samples = [self._sample(track, now) for track in tracks.values()]
        last = max((track.last_packet for track in tracks.values() if track.last_packet is not None), default=None)
        rtt = peer.link.round_trip_s
        jitters = [track.reception.jitter_s for track in tracks.values() if track.kind is Kind.VIDEO]
        return StreamFigures(
            layers={layer: self._layer(track, now) for layer, track in tracks.items()},
            loss=max((sample.loss for sample in samples), default=0.0),
            rtt_ms=None if rtt is None else rtt * 1000,
            jitter_ms=max(jitters, default=0.0) * 1000,
            viewers=viewers,
            last_media_age_s=None if last is None else max(0.0, now - last),
        )

    def viewer(self, peer: Peer, layer: Layer | None, now: float) -> SessionFigures:
        rtt = peer.link.round_trip_s
        return SessionFigures(
            layer=layer,
            bitrate_bps=round(sum(track.rate.bits_per_s(now) for track in peer.down_tracks)),
            loss=max((track.loss for track in peer.down_tracks), default=0.0),
            rtt_ms=None if rtt is None else rtt * 1000,
        )

    def publisher(self, peer: Peer, now: float) -> SessionFigures:
        rtt = peer.link.round_trip_s
        return SessionFigures(
            layer=None,
            bitrate_bps=round(sum(track.rate.bits_per_s(now) for track in peer.up_tracks)),
            loss=max((self._sample(track, now).loss for track in peer.up_tracks), default=0.0),
            rtt_ms=None if rtt is None else rtt * 1000,
        )

    def forget(self, track: UpTrack) -> None:
        self._samples.pop(id(track), None)

    def _layer(self, track: UpTrack, now: float) -> LayerFigures:
        width, height = picture_size(track)
        return LayerFigures(
            bitrate_bps=round(track.rate.bits_per_s(now)),
            fps=self._sample(track, now).fps if track.kind is Kind.VIDEO else 0.0,
            width=width,
            height=height,
            key_frame_age_s=None if track.last_key is None else now - track.last_key,
        )

    def _sample(self, track: UpTrack, now: float) -> Sample:
        before = self._samples.get(id(track))
        if before is not None and now - before.at < SAMPLE_S:
            return before
        gaps = track.gaps
        sample = Sample(now, track.frames_seen, gaps.received, gaps.lost)
        if before is not None:
            received, lost = sample.received - before.received, sample.lost - before.lost
            sample.fps = (sample.frames - before.frames) / (now - before.at)
            sample.loss = lost / (received + lost) if lost > 0 and received + lost > 0 else 0.0
        self._samples[id(track)] = sample
        return sample


def picture_size(track: UpTrack) -> tuple[int, int]:
    """Width and height from the newest key frame's SPS; zeros while none is known."""
    for packet in track.newest_pictures[:4]:
        sps = _sps_of(packet.payload)
        if sps is not None:
            try:
                size = read_sps(sps)
            except MalformedPacket:
                return 0, 0
            return size.width, size.height
    return 0, 0


def _sps_of(payload: bytes) -> bytes | None:
    """The SPS in a single NAL packet, or the first one of a STAP-A (RFC 6184 5.7.1)."""
    kind = payload[0] & 0x1F
    if kind == _SPS:
        return payload
    if kind == _STAP_A and len(payload) > 4 and payload[3] & 0x1F == _SPS:
        return payload[3 : 3 + (payload[1] << 8 | payload[2])]
    return None
