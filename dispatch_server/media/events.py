"""What a peer tells its owner beside the link's own events."""

from dataclasses import dataclass

from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.media.track.up_track import UpTrack


@dataclass(frozen=True, slots=True)
class TrackArrived:
    """The first authenticated packet of a new up track has come."""

    track: UpTrack


@dataclass(frozen=True, slots=True)
class PictureWanted:
    """The remote end asks for a key frame of what it is sent (PLI or FIR)."""

    track: DownTrack


@dataclass(frozen=True, slots=True)
class PublisherOverLimit:
    """The remote end has sent more than it may for too long."""

    kbps: int
