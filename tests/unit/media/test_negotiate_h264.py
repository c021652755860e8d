"""Which H.264 is taken, and which of several a viewer gets."""

import pytest

from dispatch_server.media.abilities import Layer
from dispatch_server.media.negotiate import OfferRefused, answer_publish, answer_watch
from tests.unit.media.offer_texts import SERVER, changed, offer, recorded, video


@pytest.mark.parametrize(
    "profile",
    ["42e01f", "42E01F", "42001f", "42c00d", "42000b", "4d001f", "4d4028", "640c1f", "64001f", "640034"],
)
def test_profiles_that_browsers_decode_are_echoed(profile: str) -> None:
    plan, answer = answer_publish(offer(video(profile=profile)), SERVER)
    assert plan.tracks[0].codec.format_parameters == f"packetization-mode=1;profile-level-id={profile}"
    assert f"a=fmtp:96 packetization-mode=1;profile-level-id={profile}\r\n" in answer


@pytest.mark.parametrize(
    "profile", ["f4001f", "6e001f", "58a01f", "42e0ff", "42e01", "42e01f0", "zzzzzz", ""]
)
def test_other_profiles_are_not(profile: str) -> None:
    with pytest.raises(OfferRefused):
        answer_publish(offer(video(profile=profile)), SERVER)


@pytest.mark.parametrize("mode", ["0", "2", ""])
def test_other_packetization_modes_are_not(mode: str) -> None:
    with pytest.raises(OfferRefused):
        answer_publish(offer(video(mode=mode)), SERVER)


def test_without_parameters_it_is_mode_0() -> None:
    text = "\r\n".join(line for line in offer(video()).split("\r\n") if not line.startswith("a=fmtp:96"))
    with pytest.raises(OfferRefused):
        answer_publish(text, SERVER)


def test_no_profile_means_baseline() -> None:
    text = changed(offer(video()), ";profile-level-id=42e01f", "")
    plan, _answer = answer_publish(text, SERVER)
    assert plan.tracks[0].codec.format_parameters == "packetization-mode=1;profile-level-id=42000a"


def test_blanks_and_capitals_in_parameters_do_no_harm() -> None:
    text = changed(
        offer(video()),
        "packetization-mode=1;profile-level-id=42e01f",
        "Packetization-Mode = 1; ;profile-level-id=42e01f; Level-Asymmetry-Allowed=1",
    )
    plan, _answer = answer_publish(text, SERVER)
    wanted = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
    assert plan.tracks[0].codec.format_parameters == wanted


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
