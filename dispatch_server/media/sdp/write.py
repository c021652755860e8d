"""Writes session descriptions, offers and answers alike, in the shape that browsers write them."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.abilities import Candidate, Codec, LocalTransport, SsrcPair
from dispatch_server.media.sdp.read import Section

ICE_OPTIONS = "ice2 trickle"  # RFC 8445 and RFC 8838: PATCH takes candidates, though a lite end needs none
_OURS = re.compile(r"[!-~]{1,255}")  # what we write of our own must not end a line
_HOST_PREFERENCE = {"udp": 126, "tcp": 90}  # UDP first (RFC 6544 section 4.2)
_PASSIVE_PREFERENCE = 4 << 13  # direction preference of passive among TCP host candidates


@dataclass(frozen=True, slots=True)
class WrittenSection:
    """One m= section of ours."""

    kind: str
    protocol: str
    mid: str | None
    codec: Codec | None = None  # None: the section is turned down
    direction: str = "inactive"
    formats: str = ""  # of a section that is turned down, as offered
    extensions: Mapping[str, int] = field(default_factory=dict)
    extension_directions: Mapping[int, str] = field(default_factory=dict)
    ssrcs: SsrcPair | None = None
    stream: str = ""  # msid of what we send: MediaStream and track
    track: str = ""
    rids: tuple[str, ...] = ()
    rid_direction: str = "recv"
    label: str | None = None
    flags: tuple[str, ...] = ("rtcp-mux", "rtcp-rsize")


def turned_down(section: Section) -> WrittenSection:
    """The answer's place for a section that we do not take (port 0, RFC 3264 section 6)."""
    return WrittenSection(section.kind, section.protocol, section.mid, formats=section.formats)


def answered_flags(section: Section) -> tuple[str, ...]:
    """Flags of an offered section that its answer repeats (RFC 5506, RFC 8858 section 4.3)."""
    return ("rtcp-mux", *(flag for flag in ("rtcp-mux-only", "rtcp-rsize") if section.has(flag)))


def write_description(
    local: LocalTransport,
    sections: Sequence[WrittenSection],
    setup: str,
    ice_options: str,
    bundle: Collection[str] | None = None,
) -> str:
    """
    The whole text. Every taken section has the transport lines, the first one also the candidates.

    `bundle` is the offered group: an answer may only name mids of it (RFC 9143 section 7.3).
    """
    taken = [section for section in sections if section.codec is not None]
    lines = [
        "v=0",
        f"o=- {local.session_id} 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        *session_transport_lines(local, ice_options),
    ]
    mids = [s.mid for s in taken if s.mid is not None and (bundle is None or s.mid in bundle)]
    if mids:
        lines.append(f"a=group:BUNDLE {' '.join(mids)}")
    lines.append("a=msid-semantic: WMS *")
    for section in sections:
        if section.codec is None:
            lines += _turned_down_lines(section)
            continue
        lines += _head_lines(section, section.codec)
        lines += transport_lines(local, setup)
        lines += _media_lines(section, section.codec, local.cname)
        if section is taken[0]:
            lines += candidate_lines(local.candidates)
    return "\r\n".join(lines) + "\r\n"


def session_transport_lines(local: LocalTransport, ice_options: str) -> list[str]:
    """What ICE says at the session level (RFC 8839 section 5)."""
    lines = ["a=ice-lite"] if local.ice_lite else []
    return [*lines, f"a=ice-options:{ice_options}"] if ice_options else lines


def credential_lines(local: LocalTransport) -> list[str]:
    """Who we are to ICE."""
    return [f"a=ice-ufrag:{_own(local.credentials.ufrag)}", f"a=ice-pwd:{_own(local.credentials.password)}"]


def transport_lines(local: LocalTransport, setup: str) -> list[str]:
    """ICE and DTLS of one section."""
    fingerprint = f"a=fingerprint:{_own(local.fingerprint.algorithm)} {_own(local.fingerprint.digest)}"
    return [*credential_lines(local), fingerprint, f"a=setup:{setup}"]


def candidate_lines(candidates: Sequence[Candidate]) -> list[str]:
    """All of them at once; there is never another (a=end-of-candidates). Empty for a client, which is found."""
    lines = []
    for number, candidate in enumerate(candidates):
        kind = "udp" if candidate.transport == "udp" else "tcp"
        local_preference = 65_535 - number if kind == "udp" else _PASSIVE_PREFERENCE + 8_191 - number
        priority = candidate.priority or _HOST_PREFERENCE[kind] << 24 | local_preference << 8 | 255
        tail = "" if kind == "udp" else " tcptype passive"
        host = _own(candidate.host)
        lines.append(f"a=candidate:{number + 1} 1 {kind} {priority} {host} {candidate.port} typ host{tail}")
    return [*lines, "a=end-of-candidates"] if lines else []


def _turned_down_lines(section: WrittenSection) -> list[str]:
    lines = [f"m={section.kind} 0 {section.protocol} {section.formats}", "c=IN IP4 0.0.0.0"]
    if section.mid is not None:
        lines.append(f"a=mid:{section.mid}")
    return [*lines, "a=inactive"]


def _head_lines(section: WrittenSection, codec: Codec) -> list[str]:
    repair = "" if codec.rtx_payload_type is None else f" {codec.rtx_payload_type}"
    lines = [f"m={section.kind} 9 {section.protocol} {codec.payload_type}{repair}", "c=IN IP4 0.0.0.0"]
    if section.mid is not None:
        lines.append(f"a=mid:{section.mid}")
    return lines


def _media_lines(section: WrittenSection, codec: Codec, cname: str) -> list[str]:
    lines = [f"a={section.direction}", *(f"a={flag}" for flag in section.flags)]
    if section.label:
        lines.append(f"a=label:{section.label}")
    for uri, identifier in section.extensions.items():
        direction = section.extension_directions.get(identifier, "sendrecv")
        suffix = "" if direction == "sendrecv" else f"/{direction}"
        lines.append(f"a=extmap:{identifier}{suffix} {uri}")
    lines += _codec_lines(codec)
    if section.rids:
        lines += [f"a=rid:{rid} {section.rid_direction}" for rid in section.rids]
        lines.append(f"a=simulcast:{section.rid_direction} {';'.join(section.rids)}")
    if section.ssrcs is not None:
        lines += _ssrc_lines(section, section.ssrcs, cname)
    return lines


def _codec_lines(codec: Codec) -> list[str]:
    pt, channels = codec.payload_type, f"/{codec.channels}" if codec.channels else ""
    lines = [f"a=rtpmap:{pt} {codec.name}/{codec.clock_rate}{channels}"]
    if codec.format_parameters:
        lines.append(f"a=fmtp:{pt} {codec.format_parameters}")
    feedback = {
        "nack": codec.nack,
        "nack pli": codec.pli,
        "ccm fir": codec.fir,
        "transport-cc": codec.transport_cc,
        "goog-remb": codec.remb,
    }
    lines += [f"a=rtcp-fb:{pt} {kind}" for kind, agreed in feedback.items() if agreed]
    if codec.rtx_payload_type is not None:
        lines.append(f"a=rtpmap:{codec.rtx_payload_type} rtx/{codec.clock_rate}{channels}")
        lines.append(f"a=fmtp:{codec.rtx_payload_type} apt={pt}")
    return lines


def _ssrc_lines(section: WrittenSection, pair: SsrcPair, cname: str) -> list[str]:
    msid = f"{_own(section.stream)} {_own(section.track)}"
    lines = [f"a=msid:{msid}"]
    ssrcs = [pair.primary] if pair.repair is None else [pair.primary, pair.repair]
    if pair.repair is not None:
        lines.append(f"a=ssrc-group:FID {pair.primary} {pair.repair}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{_own(cname)}", f"a=ssrc:{ssrc} msid:{msid}"]
    return lines


def _own(text: str) -> str:
    if not _OURS.fullmatch(text):
        raise LocalFault("unwritable_description", f"{text!a} cannot stand in a session description.")
    return text
