"""Answers a publisher: which of its sections come in, as which layers (RFC 9725)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_SEQUENCE,
    Direction,
    Kind,
    Layer,
    LocalTransport,
    SessionPlan,
    TrackPlan,
)
from dispatch_server.media.sdp.choose import (
    THEY_SEND,
    agree_on_extensions,
    choose_codec,
    choose_extensions,
    extension_directions,
)
from dispatch_server.media.sdp.limits import DEFAULT_LIMITS, OfferLimits
from dispatch_server.media.sdp.read import Section, read_description
from dispatch_server.media.sdp.refusals import OfferRefused, codec_refused
from dispatch_server.media.sdp.simulcast import best_picture, first_free_picture, label_of, read_rids
from dispatch_server.media.sdp.transport import count_candidates_above, read_transport, refuse_lite
from dispatch_server.media.sdp.write import (
    ICE_OPTIONS,
    WrittenSection,
    answered_flags,
    turned_down,
    write_description,
)

_FOR_ALL = (TRANSPORT_SEQUENCE, ABS_SEND_TIME, MID)
_WANTED = {Kind.AUDIO: (*_FOR_ALL, AUDIO_LEVEL), Kind.VIDEO: (*_FOR_ALL, RID, REPAIRED_RID)}


def answer_publish(offer: str, local: LocalTransport, limits: OfferLimits = DEFAULT_LIMITS) -> tuple[SessionPlan, str]:
    """What the publisher sends and our answer; OfferMalformed or OfferRefused otherwise."""
    description = read_description(offer, limits)
    refuse_lite(description)
    tracks = _take(description.sections, limits)
    transport = read_transport(description, [description.sections[index] for index in tracks])
    plan = SessionPlan(
        remote=transport.credentials,
        fingerprints=transport.fingerprints,
        dtls_client=transport.our_setup == "active",
        tracks=tuple(tracks.values()),
        ignored_candidates=count_candidates_above(description, limits.candidates),
    )
    written = [
        _written(section, tracks[index]) if index in tracks else turned_down(section)
        for index, section in enumerate(description.sections)
    ]
    return plan, write_description(local, written, transport.our_setup, ICE_OPTIONS, description.bundle)


def _take(sections: Sequence[Section], limits: OfferLimits) -> dict[int, TrackPlan]:
    """Tracks by index of section: at most one sound, one main and one sub picture."""
    sending = [
        index
        for index, section in enumerate(sections)
        if section.kind in _WANTED and section.enabled and section.direction in THEY_SEND
    ]
    if not sending:
        raise OfferRefused("not_sending", "A publisher must offer a section that is sendonly or sendrecv.")
    named = {label for index in sending if (label := label_of(sections[index]))}
    agreed = _Agreed(named)
    tracks = {index: track for index in sending if (track := _track(sections[index], agreed, limits))}
    if not tracks:
        raise codec_refused()
    return tracks


@dataclass(slots=True)
class _Agreed:
    """What the sections taken so far leave to the next one."""

    named: set[Layer]  # layers that labels claim
    layers: set[Layer] = field(default_factory=set)
    extensions: dict[str, int] = field(default_factory=dict)


def _track(section: Section, agreed: _Agreed, limits: OfferLimits) -> TrackPlan | None:
    codec = choose_codec(section)
    if codec is None:
        return None
    kind = Kind(section.kind)
    rids: dict[str, Layer] = {}
    layer: Layer | None = Layer.SOUND
    if kind is Kind.VIDEO:
        rids = read_rids(section, codec.payload_type, limits)
        named = best_picture(rids.values()) or label_of(section)
        # Without either it is the first picture that no label claims.
        layer = named or first_free_picture(agreed.layers | agreed.named)
    if layer is None or not agreed.layers.isdisjoint({layer, *rids.values()}):
        return None
    agreed.layers |= {layer, *rids.values()}
    offered = choose_extensions(section, _WANTED[kind], THEY_SEND)
    return TrackPlan(
        mid=section.name,
        kind=kind,
        direction=Direction.IN,
        layer=layer,
        codec=codec,
        extensions=agree_on_extensions(offered, agreed.extensions),
        ssrcs=section.ssrcs,
        layer_of_rid=rids,
    )


def _written(section: Section, track: TrackPlan) -> WrittenSection:
    return WrittenSection(
        kind=section.kind,
        protocol=section.protocol,
        mid=section.mid,
        codec=track.codec,
        direction="recvonly",
        extensions=track.extensions,
        extension_directions=extension_directions(section),
        rids=tuple(track.layer_of_rid),
        flags=answered_flags(section),
    )
