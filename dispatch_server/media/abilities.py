"""What a session may contain, and what one negotiation agreed on: plain data, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Layer(StrEnum):
    """The full picture, the small one of the same camera, and the sound that goes with both."""

    MAIN = "main"
    SUB = "sub"
    SOUND = "sound"


class Direction(StrEnum):
    IN = "in"  # this end receives
    OUT = "out"  # this end sends


# Header extensions that we understand (RFC 8285 ids are negotiated per section).
TRANSPORT_SEQUENCE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    algorithm: str  # lower case: sha-256, sha-384, sha-512
    digest: str  # upper-case hex with colons


@dataclass(frozen=True, slots=True)
class Candidate:
    host: str
    port: int
    transport: str = "udp"  # udp | tcp (passive, RFC 6544)
    priority: int = 0


@dataclass(frozen=True, slots=True)
class IceCredentials:
    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class Codec:
    name: str  # H264 | opus
    payload_type: int
    clock_rate: int
    channels: int | None = None
    format_parameters: str = ""  # the a=fmtp value as it stands in our description
    rtx_payload_type: int | None = None
    nack: bool = False
    pli: bool = False
    fir: bool = False
    transport_cc: bool = False
    remb: bool = False


@dataclass(frozen=True, slots=True)
class SsrcPair:
    primary: int
    repair: int | None = None  # RTX (RFC 4588)


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """One negotiated media section in one direction."""

    mid: str
    kind: Kind
    direction: Direction
    layer: Layer  # of a section without rids; with rids see `layer_of_rid`
    codec: Codec
    extensions: Mapping[str, int] = field(default_factory=dict)  # uri → id
    ssrcs: tuple[SsrcPair, ...] = ()  # IN: as the remote signalled (may be empty); OUT: ours, exactly one
    layer_of_rid: Mapping[str, Layer] = field(default_factory=dict)  # h → main, l → sub


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """All that one offer/answer exchange settled, seen from this end."""

    remote: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    dtls_client: bool  # this end sends the ClientHello (setup:active)
    tracks: tuple[TrackPlan, ...]
    remote_candidates: tuple[Candidate, ...] = ()  # a client's peers; the server ignores them (ICE-lite)
    ignored_candidates: int = 0  # those above the limit, or that could not be read


@dataclass(frozen=True, slots=True)
class LocalTransport:
    """This end's side of the transport, as it goes into a description."""

    credentials: IceCredentials
    fingerprint: Fingerprint
    candidates: tuple[Candidate, ...]  # reachable addresses of the server; empty in a client's offer
    ice_lite: bool = True
    session_id: int = 1  # o= line
    cname: str = "dispatch"
