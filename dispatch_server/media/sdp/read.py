"""Reads a session description into plain data: aiortc's parser, and our own eyes for what it drops."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiortc.sdp import MediaDescription, SessionDescription

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Fingerprint, IceCredentials, SsrcPair
from dispatch_server.media.packets.guard import guarded
from dispatch_server.media.sdp.limits import OfferLimits, checked_lines, quote
from dispatch_server.media.sdp.reduce import RawSection, first, read_feedback, reduced_text, split_sections
from dispatch_server.media.sdp.refusals import OfferMalformed

_TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,32}")
_EXTMAP = re.compile(r"([0-9]{1,5})(?:/(sendrecv|sendonly|recvonly|inactive))? +([!-~]{1,255})(?: .*)?")
_UFRAG = re.compile(r"[A-Za-z0-9+/=_.\-]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/=_.\-]{22,256}")
_HEX_PAIRS = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2})+")
_DIGEST_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
_EXTENSION_IDS = range(1, 15)  # one-byte form; 15 is reserved (RFC 8285 section 4.2)
_SETUP_OF_ROLE = {"auto": "actpass", "client": "active", "server": "passive"}


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    name: str  # lower case
    payload_type: int
    clock_rate: int
    channels: int | None
    parameters: Mapping[str, str]  # of a=fmtp, keys in lower case
    feedback: frozenset[str]  # "nack", "nack pli", ...


@dataclass(frozen=True, slots=True)
class Extension:
    uri: str
    identifier: int
    direction: str


@dataclass(frozen=True, slots=True)
class Section:
    """One m= section, RTP or not (then without codecs, extensions and SSRCs)."""

    index: int
    kind: str
    port: int
    protocol: str
    formats: str  # as they stand in the m= line
    mid: str | None
    direction: str = "sendrecv"
    codecs: tuple[OfferedCodec, ...] = ()  # in the order of the m= line: the other end's preference
    extensions: tuple[Extension, ...] = ()
    ssrcs: tuple[SsrcPair, ...] = ()
    credentials: IceCredentials | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    setup: str | None = None
    raw: Mapping[str, list[str]] = field(default_factory=dict)  # attributes by name

    def has(self, attribute: str) -> bool:
        """Whether a flag such as rtcp-mux is there."""
        return attribute in self.raw

    @property
    def name(self) -> str:
        """The mid, or the section's number where the other end gave none."""
        return str(self.index) if self.mid is None else self.mid

    @property
    def enabled(self) -> bool:
        """Port 0 turns a section off, unless it only says that the section shares another's port (RFC 9143)."""
        return self.port != 0 or self.has("bundle-only")


@dataclass(frozen=True, slots=True)
class Description:
    sections: tuple[Section, ...]
    bundle: tuple[str, ...]  # mids of the first BUNDLE group
    ice_lite: bool
    ice_options: frozenset[str]
    raw: Mapping[str, list[str]]  # attributes of the session level


def read_description(text: str, limits: OfferLimits) -> Description:
    """The description, or OfferMalformed with the reason."""
    session, raws = split_sections(checked_lines(text, limits), limits)
    try:
        parsed = guarded(SessionDescription.parse, reduced_text(session, raws, limits))
    except MalformedPacket as error:
        raise OfferMalformed(f"The description cannot be read: {quote(error.sentence)}.") from error
    pairs = zip(raws, parsed.media, strict=True)
    sections = tuple(_section(index, raw, media, session, limits) for index, (raw, media) in enumerate(pairs))
    _check_unique(sections)
    group = next((group for group in parsed.group if group.semantic == "BUNDLE"), None)
    options = [
        *session.get("ice-options", ()),
        *(o for raw in raws for o in raw.attributes.get("ice-options", ())),
    ]
    return Description(
        sections=sections,
        bundle=tuple(str(item) for item in group.items) if group else (),
        ice_lite="ice-lite" in session,
        ice_options=frozenset(word for value in options for word in value.split()),
        raw=session,
    )


def read_parameters(text: str) -> dict[str, str]:
    """An a=fmtp value as a map; writers differ in blanks and letter case."""
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {key.strip().lower(): value.strip() for key, _equals, value in pairs if key.strip()}


def read_credentials(ufrag: str | None, password: str | None) -> IceCredentials | None:
    """Both, checked (RFC 8839 section 5.4), or None when either is missing."""
    if ufrag is None or password is None:
        return None
    if not _UFRAG.fullmatch(ufrag) or not _PASSWORD.fullmatch(password):
        raise OfferMalformed(
            "a=ice-ufrag must have 4 to 256 and a=ice-pwd 22 to 256 letters and digits (RFC 8839 section 5.4)."
        )
    return IceCredentials(ufrag, password)


def _section(
    index: int,
    raw: RawSection,
    media: MediaDescription,
    session: Mapping[str, list[str]],
    limits: OfferLimits,
) -> Section:
    mid = first(raw.attributes, "mid")
    if mid is not None and not _TOKEN.fullmatch(mid):
        raise OfferMalformed(f"a=mid must be a token of at most 32 characters, not {quote(mid)}.")
    directions = [name for level in (raw.attributes, session) for name in _DIRECTIONS if name in level]
    ice, dtls = media.ice, media.dtls  # aiortc keeps fingerprints only beside a=setup
    return Section(
        index=index,
        kind=raw.kind,
        port=raw.port,
        protocol=raw.protocol,
        formats=raw.formats,
        mid=mid,
        direction=directions[0] if directions else "sendrecv",
        codecs=_codecs(raw, media) if raw.is_rtp else (),
        extensions=_extensions(raw, limits) if raw.is_rtp else (),
        ssrcs=_ssrcs(media),
        credentials=read_credentials(ice.usernameFragment, ice.password) if ice else None,
        fingerprints=_fingerprints((f.algorithm, f.value) for f in dtls.fingerprints) if dtls else (),
        setup=_SETUP_OF_ROLE[dtls.role] if dtls else None,
        raw=raw.attributes,
    )


def _codecs(raw: RawSection, media: MediaDescription) -> tuple[OfferedCodec, ...]:
    parameters: dict[str, dict[str, str]] = {}
    for value in raw.attributes.get("fmtp", ()):
        payload_type, _blank, text = value.partition(" ")
        parameters.setdefault(payload_type, read_parameters(text))
    feedback = read_feedback(raw.attributes)
    for_all = feedback.get("*", set())
    by_type = {codec.payloadType: codec for codec in reversed(media.rtp.codecs)}
    return tuple(
        OfferedCodec(
            name=codec.mimeType.split("/", 1)[1].lower(),
            payload_type=payload_type,
            clock_rate=codec.clockRate,
            channels=codec.channels,
            parameters=parameters.get(str(payload_type), {}),
            feedback=frozenset(for_all | feedback.get(str(payload_type), set())),
        )
        for payload_type in dict.fromkeys(media.fmt)
        # 64 to 95 look like RTCP on a shared port (RFC 5761 section 4).
        if (codec := by_type.get(payload_type)) and payload_type < 128 and not 64 <= payload_type <= 95
    )


def _extensions(raw: RawSection, limits: OfferLimits) -> tuple[Extension, ...]:
    lines = raw.attributes.get("extmap", [])
    if len(lines) > limits.extensions:
        raise OfferMalformed(f"A section has more than {limits.extensions} a=extmap lines.")
    by_id: dict[int, Extension] = {}
    for value in lines:
        match = _EXTMAP.fullmatch(value)
        if match is None:
            raise OfferMalformed(f"a=extmap:{quote(value)} is not id, blank, address (RFC 8285 section 8).")
        identifier = int(match[1])
        if identifier == 0 or identifier in by_id:
            raise OfferMalformed(f"The header extension id {identifier} is 0 or stands twice in one section.")
        by_id[identifier] = Extension(match[3], identifier, match[2] or "sendrecv")
    return tuple(extension for extension in by_id.values() if extension.identifier in _EXTENSION_IDS)


def _ssrcs(media: MediaDescription) -> tuple[SsrcPair, ...]:
    repair_of: dict[int, int] = {}
    others: set[int] = set()
    for group in media.ssrc_group:
        members = [int(item) for item in group.items]
        if group.semantic == "FID" and len(members) == 2:
            repair_of[members[0]] = members[1]
        if group.semantic in ("FID", "FEC", "FEC-FR"):  # not SIM: all its members are primary
            others.update(members[1:])
    return tuple(SsrcPair(info.ssrc, repair_of.get(info.ssrc)) for info in media.ssrc if info.ssrc not in others)


def _fingerprints(found: Iterable[tuple[str, str]]) -> tuple[Fingerprint, ...]:
    """Those of algorithms that still count as safe; the certificate must match all of them."""
    kept: dict[Fingerprint, None] = {}
    for algorithm, value in found:
        name, digest = algorithm.lower(), value.upper()
        size = _DIGEST_BYTES.get(name)
        if size is None:
            continue
        if not _HEX_PAIRS.fullmatch(digest) or len(digest) != size * 3 - 1:
            raise OfferMalformed(f"The {name} fingerprint is not {size} hexadecimal pairs with colons.")
        kept[Fingerprint(name, digest)] = None
    return tuple(kept)


def _check_unique(sections: tuple[Section, ...]) -> None:
    mids = [section.mid for section in sections if section.mid is not None]
    if len(mids) != len(set(mids)):
        raise OfferMalformed("Two sections have the same a=mid.")
    ssrcs = [ssrc for s in sections for p in s.ssrcs for ssrc in (p.primary, p.repair) if ssrc is not None]
    if len(ssrcs) != len(set(ssrcs)):
        raise OfferMalformed("The same SSRC stands in two sections or two groups.")
