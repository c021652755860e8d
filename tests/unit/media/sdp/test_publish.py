"""Publishers: recorded offers of browsers and encoders, and what becomes of each section."""

import pytest

from dispatch_server.media.abilities import (
    Direction,
    Kind,
    Layer,
    SsrcPair,
)
from dispatch_server.media.negotiate import ACCEPTED, OfferRefused, answer_publish
from tests.unit.media.sdp.offer_texts import (
    SERVER,
    audio,
    changed,
    offer,
    recorded,
    recorded_names,
    sections,
    video,
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


def test_a_second_sound_and_a_third_picture_are_turned_down() -> None:
    plan, answer = answer_publish(offer(audio(), audio(), video(), video(), video()), SERVER)
    assert [(t.mid, t.layer) for t in plan.tracks] == [
        ("0", Layer.SOUND),
        ("2", Layer.MAIN),
        ("3", Layer.SUB),
    ]
    assert [lines[0].split()[1] for lines in sections(answer)] == ["9", "0", "9", "9", "0"]
