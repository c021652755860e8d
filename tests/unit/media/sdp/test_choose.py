"""Codec, repair, feedback and header extensions that are chosen for publishers and viewers."""

from itertools import count

import pytest

from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    TRANSPORT_SEQUENCE,
    Layer,
    SsrcPair,
)
from dispatch_server.media.negotiate import OfferRefused, answer_publish, answer_watch
from tests.unit.media.sdp.offer_texts import SERVER, audio, changed, offer, recorded, video

ALL = frozenset(Layer)


def test_an_extension_id_has_one_meaning_in_the_session() -> None:
    first = audio(f"a=extmap:1 {MID}", f"a=extmap:2 {TRANSPORT_SEQUENCE}")
    second = video(f"a=extmap:2 {MID}", f"a=extmap:3 {TRANSPORT_SEQUENCE}")
    plan, _answer = answer_publish(offer(first, second), SERVER)
    assert plan.tracks[0].extensions == {MID: 1, TRANSPORT_SEQUENCE: 2}
    assert plan.tracks[1].extensions == {}


def test_extension_directions_are_mirrored_and_unusable_ids_left_out() -> None:
    section = video(
        f"a=extmap:5/sendonly {MID}",
        f"a=extmap:15 {TRANSPORT_SEQUENCE}",
        "a=extmap:6/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    )
    plan, answer = answer_publish(offer(section), SERVER)
    assert plan.tracks[0].extensions == {MID: 5}
    assert f"a=extmap:5/recvonly {MID}\r\n" in answer


def test_chromium_gets_feedback_repair_and_extensions_as_offered() -> None:
    plan, answer = answer_publish(recorded("chromium_publish"), SERVER)
    sound, picture = plan.tracks
    codec = picture.codec
    assert (codec.name, codec.payload_type, codec.rtx_payload_type) == ("H264", 102, 103)
    assert (codec.nack, codec.pli, codec.fir, codec.transport_cc, codec.remb) == (True,) * 5
    assert codec.format_parameters == "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"
    assert f"a=fmtp:102 {codec.format_parameters}\r\n" in answer
    assert "a=fmtp:103 apt=102\r\n" in answer
    assert picture.extensions[TRANSPORT_SEQUENCE] == sound.extensions[TRANSPORT_SEQUENCE] == 3
    assert sound.extensions[AUDIO_LEVEL] == 1 and AUDIO_LEVEL not in picture.extensions
    assert picture.ssrcs == (SsrcPair(1906147960, 1627464091),)


def test_the_viewer_measures_by_remb_and_never_by_transport_sequence() -> None:
    plan, answer = answer_watch(recorded("chromium_watch"), SERVER, ALL, count(5000))
    picture = plan.tracks[0]
    assert picture.codec.remb and picture.codec.nack and picture.codec.pli
    assert not any(track.codec.transport_cc for track in plan.tracks)
    assert picture.extensions == {ABS_SEND_TIME: 2}
    assert "transport-cc" not in answer and "transport-wide" not in answer


def test_a_publisher_gets_its_own_first_choice_a_viewer_constrained_baseline() -> None:
    published, _answer = answer_publish(recorded("aiortc_publish"), SERVER)
    watched, _answer = answer_watch(recorded("aiortc_watch"), SERVER, set(Layer), iter(range(1, 9)))
    assert "42001f" in published.tracks[1].codec.format_parameters
    assert "42e01f" in watched.tracks[1].codec.format_parameters


def test_a_viewer_with_only_high_profile_is_served() -> None:
    text = offer(video(direction="recvonly", profile="640c1f"))
    plan, _answer = answer_watch(text, SERVER, set(Layer), iter(range(1, 9)))
    assert "640c1f" in plan.tracks[0].codec.format_parameters


@pytest.mark.parametrize("protocol", ["RTP/AVP", "RTP/SAVP", "UDP/TLS/RTP/SAVP"])
def test_without_feedback_over_dtls_a_section_is_not_taken(protocol: str) -> None:
    with pytest.raises(OfferRefused):
        answer_publish(changed(offer(video()), "UDP/TLS/RTP/SAVPF", protocol), SERVER)


def test_the_protocol_is_echoed() -> None:
    _plan, answer = answer_publish(changed(offer(video()), "UDP/TLS/RTP/SAVPF", "RTP/SAVPF"), SERVER)
    assert "m=video 9 RTP/SAVPF 96 97\r\n" in answer
