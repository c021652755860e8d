"""What the engine answers and measures, as plain data for the rooms above it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch_server.media.abilities import Layer


@dataclass(frozen=True, slots=True)
class Answered:
    """The description that answers an offer, and the entity tag of the ICE session that it began."""

    answer: str
    etag: str


@dataclass(frozen=True, slots=True)
class LayerFigures:
    bitrate_bps: int
    fps: float = 0.0
    width: int = 0
    height: int = 0
    key_frame_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """How a publication does right now, as the engine measures it."""

    layers: Mapping[Layer, LayerFigures] = field(default_factory=dict)
    loss: float = 0.0  # share of the publisher's packets, 0 to 1
    rtt_ms: float | None = None
    jitter_ms: float = 0.0
    viewers: int = 0
    last_media_age_s: float | None = None


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """How one session does, publisher or viewer."""

    layer: Layer | None = None  # the picture that a viewer gets now
    bitrate_bps: int = 0
    loss: float = 0.0
    rtt_ms: float | None = None
