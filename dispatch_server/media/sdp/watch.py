"""Answers a viewer: what of a stream goes out to it, under which SSRCs of ours."""

from collections.abc import Collection, Iterator, Sequence

from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    Codec,
    Direction,
    Kind,
    Layer,
    LocalTransport,
    SessionPlan,
    SsrcPair,
    TrackPlan,
)
from dispatch_server.media.sdp.choose import (
    THEY_RECEIVE,
    choose_codec,
    choose_extensions,
    extension_directions,
)
from dispatch_server.media.sdp.limits import DEFAULT_LIMITS, OfferLimits
from dispatch_server.media.sdp.read import Section, read_description
from dispatch_server.media.sdp.refusals import OfferRefused, codec_refused
from dispatch_server.media.sdp.simulcast import best_picture, label_of
from dispatch_server.media.sdp.transport import count_candidates_above, read_transport, refuse_lite
from dispatch_server.media.sdp.write import (
    ICE_OPTIONS,
    WrittenSection,
    answered_flags,
    turned_down,
    write_description,
)

_KINDS = frozenset(Kind)


def answer_watch(
    offer: str,
    local: LocalTransport,
    available: Collection[Layer],
    ssrcs: Iterator[int],
    limits: OfferLimits = DEFAULT_LIMITS,
) -> tuple[SessionPlan, str]:
    """What goes out to the viewer and our answer; OfferMalformed or OfferRefused otherwise."""
    description = read_description(offer, limits)
    refuse_lite(description)
    codecs = _usable(description.sections)
    transport = read_transport(description, [description.sections[index] for index in codecs])
    layers = _assign([description.sections[index] for index in codecs], available)
    tracks = {
        index: _track(description.sections[index], codec, layers[index], ssrcs)
        for index, codec in codecs.items()
        if index in layers
    }
    plan = SessionPlan(
        remote=transport.credentials,
        fingerprints=transport.fingerprints,
        dtls_client=transport.our_setup == "active",
        tracks=tuple(tracks.values()),
        ignored_candidates=count_candidates_above(description, limits.candidates),
    )
    written = [
        _written(section, codecs[section.index], tracks.get(section.index), local)
        if section.index in codecs
        else turned_down(section)
        for section in description.sections
    ]
    return plan, write_description(local, written, transport.our_setup, ICE_OPTIONS, description.bundle)


def _usable(sections: Sequence[Section]) -> dict[int, Codec]:
    wanting = [
        section
        for section in sections
        if section.kind in _KINDS and section.enabled and section.direction in THEY_RECEIVE
    ]
    if not wanting:
        raise OfferRefused("not_receiving", "A viewer must offer a section that is recvonly or sendrecv.")
    codecs = {s.index: codec for s in wanting if (codec := choose_codec(s, for_viewer=True))}
    if not codecs:
        raise codec_refused()
    return codecs


def _assign(sections: Sequence[Section], available: Collection[Layer]) -> dict[int, Layer]:
    """Which layer each section shows; one that has nothing to show stays inactive."""
    layers: dict[int, Layer] = {}
    labelled = {section.index: label for section in sections if (label := label_of(section))}
    for section in sections:
        layer: Layer | None = Layer.SOUND
        if section.kind == Kind.VIDEO:
            claimed = {label for index, label in labelled.items() if index != section.index}
            others = claimed.union(layers.values())
            layer = labelled.get(section.index) or best_picture(set(available) - others)
        if layer is not None and layer in available and layer not in layers.values():
            layers[section.index] = layer
    return layers


def _track(section: Section, codec: Codec, layer: Layer, ssrcs: Iterator[int]) -> TrackPlan:
    return TrackPlan(
        mid=section.name,
        kind=Kind(section.kind),
        direction=Direction.OUT,
        layer=layer,
        codec=codec,
        extensions=choose_extensions(section, (ABS_SEND_TIME,), THEY_RECEIVE),
        ssrcs=(take_pair(ssrcs, codec),),
    )


def take_pair(ssrcs: Iterator[int], codec: Codec) -> SsrcPair:
    """Our next SSRC, and one more where RTX was agreed on."""
    return SsrcPair(next(ssrcs), None if codec.rtx_payload_type is None else next(ssrcs))


def _written(section: Section, codec: Codec, track: TrackPlan | None, local: LocalTransport) -> WrittenSection:
    return WrittenSection(
        kind=section.kind,
        protocol=section.protocol,
        mid=section.mid,
        codec=codec,
        direction="sendonly" if track else "inactive",
        extensions=track.extensions if track else {},
        extension_directions=extension_directions(section),
        ssrcs=track.ssrcs[0] if track else None,
        stream=local.cname,  # one MediaStream: the browser then plays sound and picture in step
        track=track.layer if track else "",
        flags=answered_flags(section),
    )
