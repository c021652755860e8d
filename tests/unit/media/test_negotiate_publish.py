"""Publishers: recorded offers of browsers and encoders, and what becomes of each section."""

import pytest

from dispatch_server.media.abilities import (
    AUDIO_LEVEL,
    MID,
    TRANSPORT_SEQUENCE,
    Direction,
    Kind,
    Layer,
    SsrcPair,
)
from dispatch_server.media.negotiate import ACCEPTED, OfferRefused, answer_publish
from tests.unit.media.offer_texts import (
    SERVER,
    audio,
    changed,
    offer,
    recorded,
    recorded_names,
    sections,
    video,
    without,
)

GOOD = [name for name in recorded_names("publish") if "vp8" not in name]


@pytest.mark.parametrize("name", GOOD)
def test_every_recorded_publisher_is_taken_with_picture_and_sound(name: str) -> None:
    plan, answer = answer_publish(recorded(name), SERVER)
    assert {track.layer for track in plan.tracks} >= {Layer.MAIN, Layer.SOUND}
    assert all(track.direction is Direction.IN for track in plan.tracks)
    assert answer.count("a=recvonly\r\n") == 2
    assert answer.count("a=setup:active" if plan.dtls_client else "a=setup:passive") == 2


@pytest.mark.parametrize(
    ("name", "client"),
    [("ffmpeg_publish_passive", True), ("ffmpeg_publish_active", False), ("chromium_publish", False)],
)
def test_the_dtls_role_is_the_one_the_offer_leaves(name: str, client: bool) -> None:
    plan, answer = answer_publish(recorded(name), SERVER)
    assert plan.dtls_client is client
    assert ("a=setup:active\r\n" in answer) is client


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


def test_a_repair_ssrc_without_a_line_of_its_own_counts() -> None:
    plan, _answer = answer_publish(recorded("ffmpeg_publish_active"), SERVER)
    assert [track.ssrcs for track in plan.tracks] == [
        (SsrcPair(2130832451),),
        (SsrcPair(2130832452, 2130832453),),
    ]


def test_obs_writes_its_transport_once_for_the_session() -> None:
    plan, answer = answer_publish(recorded("obs_publish"), SERVER)
    assert plan.remote.ufrag == "kQ2f"
    assert plan.tracks[0].codec.format_parameters == "minptime=10;useinbandfec=1;stereo=1"
    assert "a=rtpmap:111 opus/48000/2\r\n" in answer


def test_gstreamer_section_on_the_shared_port_is_taken() -> None:
    plan, answer = answer_publish(recorded("gstreamer_publish"), SERVER)
    assert [track.mid for track in plan.tracks] == ["video0", "audio1"]
    assert "m=audio 9 " in answer and answer.count("a=rtcp-mux-only\r\n") == 2
    assert "sprop" not in answer


def test_without_a_usable_codec_the_offer_is_refused_with_what_is_accepted() -> None:
    with pytest.raises(OfferRefused) as caught:
        answer_publish(recorded("chromium_publish_vp8_only"), SERVER)
    assert caught.value.code == "codec_not_accepted"
    assert caught.value.accepted == ACCEPTED


def test_one_unusable_section_is_turned_down_and_the_rest_taken() -> None:
    plan, answer = answer_publish(offer(audio(codec="PCMU/8000"), video()), SERVER)
    assert [track.kind for track in plan.tracks] == [Kind.VIDEO]
    rejected, taken = sections(answer)
    assert rejected[0] == "m=audio 0 UDP/TLS/RTP/SAVPF 111"
    assert "a=mid:0" in rejected and taken[0].startswith("m=video 9 ")
    assert "a=group:BUNDLE 1\r\n" in answer
    assert any(line.startswith("a=candidate:") for line in taken)


def test_a_data_channel_is_turned_down() -> None:
    data = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"]
    plan, answer = answer_publish(offer(data, audio()), SERVER)
    assert len(plan.tracks) == 1
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n" in answer


def test_a_section_that_was_switched_off_stays_off() -> None:
    text = changed(offer(audio(), video()), "m=video 9", "m=video 0")
    plan, answer = answer_publish(text, SERVER)
    assert [track.kind for track in plan.tracks] == [Kind.AUDIO]
    assert "m=video 0 " in answer


@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_who_sends_nothing_is_no_publisher(direction: str) -> None:
    with pytest.raises(OfferRefused, match="sendonly") as caught:
        answer_publish(offer(video(direction=direction)), SERVER)
    assert caught.value.code == "not_sending"


def test_a_section_without_direction_sends() -> None:
    plan, _answer = answer_publish(without(offer(video()), "a=sendonly"), SERVER)
    assert len(plan.tracks) == 1


def test_a_second_sound_and_a_third_picture_are_turned_down() -> None:
    plan, answer = answer_publish(offer(audio(), audio(), video(), video(), video()), SERVER)
    assert [(t.mid, t.layer) for t in plan.tracks] == [
        ("0", Layer.SOUND),
        ("2", Layer.MAIN),
        ("3", Layer.SUB),
    ]
    assert [lines[0].split()[1] for lines in sections(answer)] == ["9", "0", "9", "9", "0"]


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


def test_two_groups_of_one_section_are_two_pairs() -> None:
    lines = [f"a=ssrc:{ssrc} cname:x" for ssrc in (1, 2, 3, 4, 5)]
    groups = [
        "a=ssrc-group:SIM 1 2",
        "a=ssrc-group:FID 1 3",
        "a=ssrc-group:FID 2 4",
        "a=ssrc-group:FEC-FR 1 5",
    ]
    plan, _answer = answer_publish(offer(video(*lines, *groups)), SERVER)
    assert plan.tracks[0].ssrcs == (SsrcPair(1, 3), SsrcPair(2, 4))


def test_without_mids_a_single_section_is_known_by_its_number() -> None:
    plan, answer = answer_publish(without(offer(video()), "a=mid:", "a=group:"), SERVER)
    assert plan.tracks[0].mid == "0"
    assert "a=mid" not in answer and "a=group" not in answer


def test_payload_types_that_look_like_rtcp_are_not_taken() -> None:
    text = changed(offer(audio()), "111", "70")
    with pytest.raises(OfferRefused):
        answer_publish(text, SERVER)
