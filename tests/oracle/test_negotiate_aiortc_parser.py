"""What we read of a description, and what we write, against aiortc's own parser."""

from itertools import count

import pytest
from aiortc.sdp import SessionDescription

from dispatch_server.media.abilities import Layer
from dispatch_server.media.negotiate import (
    OfferLimits,
    answer_publish,
    answer_watch,
    offer_publish,
    offer_watch,
)
from dispatch_server.media.sdp.read import read_description
from tests.unit.media.sdp.offer_texts import CLIENT, SERVER, recorded, recorded_names

KNOWN_FEEDBACK = {"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"}
ANSWERS = [
    *(answer_publish(recorded(name), SERVER)[1] for name in recorded_names("publish") if "vp8" not in name),
    *(answer_watch(recorded(n), SERVER, frozenset(Layer), count(9))[1] for n in recorded_names("watch")),
    offer_publish(CLIENT, with_sub=True, with_sound=True, ssrcs=count(1)),
    offer_watch(CLIENT, layers=[Layer.MAIN, Layer.SUB, Layer.SOUND]),
]


@pytest.mark.parametrize("text", [recorded(name) for name in recorded_names("")], ids=recorded_names(""))
def test_recorded_offers_are_read_alike(text: str) -> None:
    ours, theirs = read_description(text, OfferLimits()), SessionDescription.parse(text)
    assert ours.bundle == tuple(next(g.items for g in theirs.group if g.semantic == "BUNDLE"))
    for section, media in zip(ours.sections, theirs.media, strict=True):
        assert (section.kind, section.port, section.mid) == (media.kind, media.port, media.rtp.muxId)
        assert section.credentials and media.ice
        assert section.credentials.ufrag == media.ice.usernameFragment
        assert section.credentials.password == media.ice.password
        if section.kind == "application":
            continue
        assert section.direction == media.direction
        assert section.has("rtcp-mux") is media.rtcp_mux
        assert [c.payload_type for c in section.codecs] == [
            t for t in media.fmt if any(c.payloadType == t for c in media.rtp.codecs)
        ]
        by_type = {codec.payloadType: codec for codec in media.rtp.codecs}
        for codec in section.codecs:
            other = by_type[codec.payload_type]
            assert f"{section.kind}/{codec.name}" == other.mimeType.lower()
            assert (codec.clock_rate, codec.channels) == (other.clockRate, other.channels)
            offered = {f"{f.type} {f.parameter or ''}".strip() for f in other.rtcpFeedback}
            assert codec.feedback == offered & KNOWN_FEEDBACK
            assert set(codec.parameters) == {key.strip().lower() for key in other.parameters}
        assert {e.identifier: e.uri for e in section.extensions} == {e.id: e.uri for e in media.rtp.headerExtensions}
        assert {pair.primary for pair in section.ssrcs} <= {info.ssrc for info in media.ssrc}


@pytest.mark.parametrize("text", ANSWERS)
def test_what_we_write_is_read_alike(text: str) -> None:
    ours, theirs = read_description(text, OfferLimits()), SessionDescription.parse(text)
    taken = [media for media in theirs.media if media.port]
    assert taken and all(media.rtcp_mux and media.dtls and media.ice for media in taken)
    assert all(media.ice.iceLite is ours.ice_lite for media in theirs.media if media.ice)
    assert len(taken[0].ice_candidates) == (2 if ours.ice_lite else 0)
    assert taken[0].ice_candidates_complete is ours.ice_lite
    for section, media in zip(ours.sections, theirs.media, strict=True):
        repaired = {g.items[0]: g.items[1] for g in media.ssrc_group if g.semantic == "FID"}
        assert [(p.primary, p.repair) for p in section.ssrcs] == [
            (info.ssrc, repaired.get(info.ssrc)) for info in media.ssrc if info.ssrc not in repaired.values()
        ]
        types = {codec.payloadType for codec in media.rtp.codecs}
        assert {c.parameters["apt"] for c in media.rtp.codecs if "apt" in c.parameters} <= types


def test_one_stream_holds_picture_and_sound_for_aiortc() -> None:
    text = answer_watch(recorded("aiortc_watch"), SERVER, frozenset(Layer), count(9))[1]
    theirs = SessionDescription.parse(text)
    assert [theirs.webrtc_track_id(media) for media in theirs.media] == ["sound", "main"]
