"""Which H.264 is taken, and which of several a viewer gets."""

import pytest

from dispatch_server.media.negotiate import OfferRefused, answer_publish
from tests.unit.media.sdp.offer_texts import SERVER, changed, offer, video


@pytest.mark.parametrize(
    "profile",
    ["42e01f", "42E01F", "42001f", "42c00d", "42000b", "4d001f", "4d4028", "640c1f", "64001f", "640034"],
)
def test_profiles_that_browsers_decode_are_echoed(profile: str) -> None:
    plan, answer = answer_publish(offer(video(profile=profile)), SERVER)
    assert plan.tracks[0].codec.format_parameters == f"packetization-mode=1;profile-level-id={profile}"
    assert f"a=fmtp:96 packetization-mode=1;profile-level-id={profile}\r\n" in answer


@pytest.mark.parametrize("profile", ["f4001f", "6e001f", "58a01f", "42e0ff", "42e01", "42e01f0", "zzzzzz", ""])
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
