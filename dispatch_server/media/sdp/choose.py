"""What of an offered section we take: codec, repair, feedback, header extensions."""

from collections.abc import Collection, Mapping

from dispatch_server.media.abilities import Codec
from dispatch_server.media.sdp import h264_level
from dispatch_server.media.sdp.read import OfferedCodec, Section

_CLOCK = {"h264": 90_000, "opus": 48_000}
_REVERSED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly"}
THEY_SEND = frozenset({"sendrecv", "sendonly"})  # directions as the other end writes them
THEY_RECEIVE = frozenset({"sendrecv", "recvonly"})


def choose_codec(section: Section, *, for_viewer: bool = False) -> Codec | None:
    """The one codec that the section will use; None when it has none of ours."""
    usable = [codec for codec in section.codecs if _is_usable(codec, section.kind)]
    if not usable or not _is_secure_feedback_profile(section.protocol):
        return None
    if for_viewer:  # stable: among equals the viewer's own order counts
        usable.sort(key=lambda codec: section.kind == "video" and not _is_baseline(codec))
    chosen = usable[0]
    return Codec(
        name="H264" if chosen.name == "h264" else "opus",
        payload_type=chosen.payload_type,
        clock_rate=chosen.clock_rate,
        channels=chosen.channels,
        format_parameters=_answer_parameters(chosen),
        rtx_payload_type=_repair_of(chosen, section),
        nack="nack" in chosen.feedback,
        pli="nack pli" in chosen.feedback,
        fir="ccm fir" in chosen.feedback,
        # A viewer's own estimate (REMB) costs us nothing per packet; transport-cc costs a number in each.
        transport_cc="transport-cc" in chosen.feedback and not for_viewer,
        remb="goog-remb" in chosen.feedback,
    )


def choose_extensions(section: Section, wanted: Collection[str], directions: Collection[str]) -> dict[str, int]:
    """Those of `wanted` that are there in one of the directions, with the other end's ids; first of each counts."""
    chosen: dict[str, int] = {}
    for extension in section.extensions:
        if extension.uri in wanted and extension.direction in directions:
            chosen.setdefault(extension.uri, extension.identifier)
    return chosen


def agree_on_extensions(extensions: Mapping[str, int], agreed: dict[str, int]) -> dict[str, int]:
    """Without what contradicts the session: on one transport an id has one meaning (RFC 9143 section 9.1)."""
    kept: dict[str, int] = {}
    for uri, identifier in extensions.items():
        is_free = uri not in agreed and identifier not in agreed.values()
        if is_free or agreed.get(uri) == identifier:
            kept[uri] = agreed[uri] = identifier
    return kept


def extension_directions(section: Section) -> Mapping[int, str]:
    """How the answer must mark each id: the mirror of what the offer said (RFC 8285 section 6)."""
    return {e.identifier: _REVERSED[e.direction] for e in section.extensions if e.direction in _REVERSED}


def _is_usable(codec: OfferedCodec, kind: str) -> bool:
    if codec.clock_rate != _CLOCK.get(codec.name):
        return False
    if kind == "video":
        return codec.name == "h264" and h264_level.is_accepted(codec.parameters)
    return codec.name == "opus" and codec.channels == 2  # always 2 on the wire (RFC 7587 section 7)


def _is_baseline(codec: OfferedCodec) -> bool:
    return h264_level.is_constrained_baseline(codec.parameters)


def _is_secure_feedback_profile(protocol: str) -> bool:
    """SAVPF in any of the spellings of RFC 8829 section 5.1.2; the transport is DTLS in all of them."""
    return protocol in ("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "RTP/SAVPF")


def _repair_of(chosen: OfferedCodec, section: Section) -> int | None:
    apt = str(chosen.payload_type)
    return next(
        (
            codec.payload_type
            for codec in section.codecs
            if codec.name == "rtx" and codec.parameters.get("apt") == apt and codec.clock_rate == chosen.clock_rate
        ),
        None,
    )


def _answer_parameters(chosen: OfferedCodec) -> str:
    if chosen.name == "h264":
        return h264_level.answer_parameters(chosen.parameters)
    wished = ["minptime=10", "useinbandfec=1"]
    wished += [f"{key}=1" for key in ("stereo", "usedtx") if chosen.parameters.get(key) == "1"]
    return ";".join(wished)
