"""The client's side: offers of our own terminals and load generator, and how they read the answers."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    MID,
    TRANSPORT_SEQUENCE,
    Candidate,
    Codec,
    Direction,
    Kind,
    Layer,
    LocalTransport,
    SessionPlan,
    SsrcPair,
    TrackPlan,
)
from dispatch_server.media.sdp.candidates import read_candidates
from dispatch_server.media.sdp.choose import THEY_RECEIVE, THEY_SEND, choose_codec, choose_extensions
from dispatch_server.media.sdp.limits import DEFAULT_LIMITS, OfferLimits
from dispatch_server.media.sdp.read import Description, Section, read_description
from dispatch_server.media.sdp.refusals import AnswerUnusable, OfferMalformed, OfferRefused
from dispatch_server.media.sdp.simulcast import label_of
from dispatch_server.media.sdp.transport import read_transport
from dispatch_server.media.sdp.write import WrittenSection, write_description

_PROTOCOL = "UDP/TLS/RTP/SAVPF"
_CONSTRAINED_BASELINE = "42e01f"
_PUBLISH_EXTENSIONS = {ABS_SEND_TIME: 2, TRANSPORT_SEQUENCE: 3}
_WATCH_EXTENSIONS = {MID: 1, ABS_SEND_TIME: 2}

Track = Callable[[Section, Section, Codec], TrackPlan]


def offer_publish(
    local: LocalTransport,
    *,
    with_sub: bool,
    with_sound: bool,
    ssrcs: Iterator[int],
    profile_level_id: str = _CONSTRAINED_BASELINE,
) -> str:
    """A terminal's offer: main picture, small picture, sound, each with RTX."""
    layers = [Layer.MAIN, *([Layer.SUB] if with_sub else []), *([Layer.SOUND] if with_sound else [])]
    sections = [
        _offered(number, layer, "sendonly", _codec(layer, profile_level_id, True), _PUBLISH_EXTENSIONS)
        for number, layer in enumerate(layers)
    ]
    return write_description(local, [_with_ssrcs(s, local, ssrcs) for s in sections], "actpass", "ice2")


def offer_watch(
    local: LocalTransport,
    *,
    layers: Sequence[Layer] = (Layer.MAIN, Layer.SOUND),
    profile_level_id: str = _CONSTRAINED_BASELINE,
) -> str:
    """A viewer's offer: one section for each of these layers."""
    sections = [
        _offered(number, layer, "recvonly", _codec(layer, profile_level_id, False), _WATCH_EXTENSIONS)
        for number, layer in enumerate(layers)
    ]
    return write_description(local, sections, "actpass", "ice2")


def read_publish_answer(offer: str, answer: str, limits: OfferLimits = DEFAULT_LIMITS) -> SessionPlan:
    """What of our offer the server takes; the tracks go out with the SSRCs that we offered."""

    def track(ours: Section, theirs: Section, codec: Codec) -> TrackPlan:
        pair = ours.ssrcs[0] if codec.rtx_payload_type is not None else SsrcPair(ours.ssrcs[0].primary)
        return _track(ours, theirs, codec, Direction.OUT, (pair,))

    return _read_answer(offer, answer, THEY_RECEIVE, track, limits)


def read_watch_answer(offer: str, answer: str, limits: OfferLimits = DEFAULT_LIMITS) -> SessionPlan:
    """What the server will send us, with its SSRCs where it names them."""

    def track(ours: Section, theirs: Section, codec: Codec) -> TrackPlan:
        return _track(ours, theirs, codec, Direction.IN, theirs.ssrcs)

    return _read_answer(offer, answer, THEY_SEND, track, limits)


def _offered(number: int, layer: Layer, direction: str, codec: Codec, extensions: Mapping[str, int]) -> WrittenSection:
    return WrittenSection(
        kind=Kind.AUDIO if layer is Layer.SOUND else Kind.VIDEO,
        protocol=_PROTOCOL,
        mid=str(number),
        codec=codec,
        direction=direction,
        extensions=extensions,
        label=None if layer is Layer.SOUND else layer,
        track=layer,
    )


def _with_ssrcs(section: WrittenSection, local: LocalTransport, ssrcs: Iterator[int]) -> WrittenSection:
    return replace(section, ssrcs=SsrcPair(next(ssrcs), next(ssrcs)), stream=local.cname)


def _codec(layer: Layer, profile_level_id: str, sends: bool) -> Codec:
    if layer is Layer.SOUND:
        return Codec("opus", 111, 48_000, 2, "minptime=10;useinbandfec=1;usedtx=1", 112, nack=True, transport_cc=sends)
    parameters = f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile_level_id}"
    return Codec("H264", 96, 90_000, None, parameters, 97, nack=True, pli=True, fir=True, transport_cc=sends, remb=True)


def _read_answer(
    offer: str, answer: str, directions: Collection[str], track: Track, limits: OfferLimits
) -> SessionPlan:
    ours = read_description(offer, limits)
    try:
        theirs = read_description(answer, limits)
        taken = {s.index: s for s in theirs.sections if s.enabled and s.direction in directions}
        tracks = [
            track(mine, taken[mine.index], codec)
            for mine in ours.sections
            if mine.index in taken and (codec := _agreed(mine, taken[mine.index]))
        ]
        if not tracks or len(theirs.sections) != len(ours.sections):
            raise AnswerUnusable("The answer takes no section of the offer, or has another number of sections.")
        transport = read_transport(theirs, list(taken.values()))
    except (OfferMalformed, OfferRefused) as error:
        raise AnswerUnusable(f"The answer cannot be used: {error.sentence}", error.code) from error
    if transport.setup == "actpass":
        raise AnswerUnusable("The answer must choose a=setup:active or passive (RFC 8842 section 5.3).")
    candidates, ignored = _candidates(theirs, limits)
    return SessionPlan(
        remote=transport.credentials,
        fingerprints=transport.fingerprints,
        dtls_client=transport.our_setup == "active",
        tracks=tuple(tracks),
        remote_candidates=candidates,
        ignored_candidates=ignored,
    )


def _agreed(ours: Section, theirs: Section) -> Codec | None:
    """The answered codec, when it is one that we offered under this number."""
    codec = choose_codec(theirs) if ours.kind == theirs.kind else None
    known = {offered.payload_type: offered.name for offered in ours.codecs}
    return codec if codec and known.get(codec.payload_type) == codec.name.lower() else None


def _track(
    ours: Section, theirs: Section, codec: Codec, direction: Direction, ssrcs: tuple[SsrcPair, ...]
) -> TrackPlan:
    offered = {extension.uri: extension.identifier for extension in ours.extensions}
    agreed = choose_extensions(theirs, offered, THEY_RECEIVE if direction is Direction.OUT else THEY_SEND)
    return TrackPlan(
        mid=ours.name,
        kind=Kind(ours.kind),
        direction=direction,
        layer=Layer.SOUND if ours.kind == Kind.AUDIO else label_of(ours) or Layer.MAIN,
        codec=codec,
        extensions={uri: number for uri, number in agreed.items() if offered[uri] == number},
        ssrcs=ssrcs,
    )


def _candidates(answer: Description, limits: OfferLimits) -> tuple[tuple[Candidate, ...], int]:
    levels = [answer.raw, *(section.raw for section in answer.sections)]
    return read_candidates((v for level in levels for v in level.get("candidate", ())), limits.candidates)
