"""Splits a description into sections and writes the small, harmless part of it that aiortc's parser is given."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.media.sdp.limits import OfferLimits, quote
from dispatch_server.media.sdp.refusals import OfferMalformed

_HEAD = re.compile(r"m=([a-z]{1,32}) ([0-9]{1,5})(?:/[0-9]{1,5})? ([A-Z/]{1,64}) ([!-~]+(?: [!-~]+)*)")
_FORMATS = re.compile(r"[0-9]{1,3}(?: [0-9]{1,3})*")
_SSRC = re.compile(r"([0-9]{1,10})(?: .*)?")
_SSRC_GROUP = re.compile(r"(FID|SIM|FEC|FEC-FR)((?: [0-9]{1,10})+) *")
_FEEDBACK = re.compile(r"(\*|[0-9]{1,3}) (nack|nack pli|ccm fir|transport-cc|goog-remb) *")
_SSRC_RANGE = range(1, 1 << 32)

# What aiortc reads for us, by level. All else it either drops, or we never ask.
_TRANSPORT = ("mid", "ice-ufrag", "ice-pwd", "fingerprint", "setup")
_SESSION = ("group", *_TRANSPORT[1:])
_MEDIA = (*_TRANSPORT, "rtpmap")
_ONCE = frozenset({"mid", "ice-ufrag", "ice-pwd", "setup"})


@dataclass(slots=True)
class RawSection:
    """One m= section as text."""

    kind: str
    port: int
    protocol: str
    formats: str
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_rtp(self) -> bool:
        return self.kind in ("audio", "video")


def first(attributes: Mapping[str, list[str]], name: str) -> str | None:
    """The value of the first such attribute."""
    values = attributes.get(name)
    return values[0].strip() if values else None


def read_feedback(attributes: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """The kinds that we know by payload type or *; read here, for aiortc walks all codecs for each line."""
    found: dict[str, set[str]] = {}
    for value in attributes.get("rtcp-fb", ()):
        if match := _FEEDBACK.fullmatch(value):
            found.setdefault(match[1], set()).add(match[2])
    return found


def split_sections(lines: Sequence[str], limits: OfferLimits) -> tuple[dict[str, list[str]], list[RawSection]]:
    """Attributes of the session level, and the sections."""
    if not lines or lines[0].strip() != "v=0":
        raise OfferMalformed("A session description begins with v=0: send one as application/sdp.")
    session: dict[str, list[str]] = {}
    sections: list[RawSection] = []
    attributes = session
    for line in lines:
        if line.startswith("m="):
            if len(sections) == limits.sections:
                raise OfferMalformed(f"The description has more than {limits.sections} sections.")
            sections.append(_head(line, limits))
            attributes = sections[-1].attributes
        elif line.startswith("a="):
            name, _colon, value = line[2:].partition(":")
            attributes.setdefault(name, []).append(value)
    if not sections:
        raise OfferMalformed("The description has no m= section.")
    return session, sections


def reduced_text(session: Mapping[str, list[str]], sections: Sequence[RawSection], limits: OfferLimits) -> str:
    """The part for aiortc: known attributes, each value once; of other sections than RTP only the transport."""
    lines = ["v=0", *_kept(session, _SESSION, limits)]
    seen: set[int] = set()
    for section in sections:
        if section.is_rtp:
            lines += _reduced_section(section, seen, limits)
        else:
            lines += ["m=application 9 UDP 0", *_kept(section.attributes, _TRANSPORT, limits)]
    return "\r\n".join(lines) + "\r\n"


def _head(line: str, limits: OfferLimits) -> RawSection:
    match = _HEAD.fullmatch(line.rstrip())
    if match is None or int(match[2]) > 65_535:
        raise OfferMalformed(f"Not a media line: {quote(line)}.")
    section = RawSection(match[1], int(match[2]), match[3], match[4])
    if section.is_rtp and not _FORMATS.fullmatch(section.formats):
        raise OfferMalformed(f"Payload types must be numbers: {quote(line)}.")
    if section.formats.count(" ") >= limits.codecs:
        raise OfferMalformed(f"A section has more than {limits.codecs} formats.")
    return section


def _reduced_section(section: RawSection, seen: set[int], limits: OfferLimits) -> list[str]:
    attributes = section.attributes
    if len(attributes.get("rtpmap", ())) > limits.codecs:
        raise OfferMalformed(f"A section has more than {limits.codecs} a=rtpmap lines.")
    # Port 9: aiortc wants only a number; the true port is read from the m= line by us.
    return [
        f"m={section.kind} 9 {section.protocol} {section.formats}",
        *_kept(attributes, _MEDIA, limits),
        *_ssrcs(attributes, seen, limits),
    ]


def _kept(attributes: Mapping[str, list[str]], names: Sequence[str], limits: OfferLimits) -> Iterator[str]:
    for name in names:
        values = list(dict.fromkeys(value.strip() for value in attributes.get(name, ())))
        if name in _ONCE and len(values) > 1:
            raise OfferMalformed(f"a={name} stands more than once at one level.")
        if name == "fingerprint" and len(values) > limits.fingerprints:
            raise OfferMalformed(f"More than {limits.fingerprints} fingerprints at one level.")
        for value in values:
            if not value.isascii() or not value.isprintable() or not value:
                raise OfferMalformed(f"a={name} must have a plain ASCII value, not {quote(value)}.")
            yield f"a={name}:{value}"


def _ssrcs(attributes: Mapping[str, list[str]], seen: set[int], limits: OfferLimits) -> Iterator[str]:
    own: dict[int, None] = {}
    for value in attributes.get("ssrc", ()):
        match = _SSRC.fullmatch(value)
        if match is None:
            raise OfferMalformed(f"a=ssrc:{quote(value)} does not begin with a number.")
        own[int(match[1])] = None
    groups: dict[str, None] = {}
    for value in attributes.get("ssrc-group", ()):
        if match := _SSRC_GROUP.fullmatch(value):
            groups[match[1] + match[2]] = None
            own.update(dict.fromkeys(map(int, match[2].split())))
    if not all(ssrc in _SSRC_RANGE for ssrc in own):
        raise OfferMalformed("An SSRC is a number from 1 to 4294967295.")
    if not seen.isdisjoint(own):
        raise OfferMalformed("The same SSRC stands in two sections.")
    seen.update(own)
    if len(seen) > limits.ssrcs:
        raise OfferMalformed(f"The description names more than {limits.ssrcs} SSRCs.")
    yield from (f"a=ssrc:{ssrc} cname:-" for ssrc in own)
    yield from (f"a=ssrc-group:{group}" for group in groups)
