"""A description becomes plain data: extensions, SSRC pairs, mids, credentials, fingerprints."""

import pytest

from dispatch_server.media.abilities import SsrcPair
from dispatch_server.media.negotiate import OfferLimits, OfferMalformed, OfferRefused, answer_publish
from tests.unit.media.sdp.offer_texts import DIGEST, SERVER, audio, changed, offer, video, without

LIMITS = OfferLimits()
TWO = offer(audio(), video())


def reason(text: str, limits: OfferLimits = LIMITS) -> str:
    with pytest.raises(OfferMalformed) as caught:
        answer_publish(text, SERVER, limits)
    assert caught.value.code
    return caught.value.sentence


@pytest.mark.parametrize("line", ["a=extmap:1", "a=extmap:x urn:y", "a=extmap:0 urn:y", "a=extmap:1/up urn:y"])
def test_a_broken_extension_line_is_named(line: str) -> None:
    assert "ext" in reason(offer(video(line)))


def test_an_extension_id_stands_once_in_a_section() -> None:
    assert "id 3" in reason(offer(video("a=extmap:3 urn:a", "a=extmap:3 urn:b")))


def test_an_ssrc_belongs_to_one_section_and_one_group() -> None:
    line = "a=ssrc:7 cname:x"
    assert "two sections" in reason(offer(audio(line), video(line)))
    assert "two groups" in reason(offer(video("a=ssrc-group:FID 7 9", "a=ssrc-group:FID 8 9")))


def test_a_mid_stands_once() -> None:
    assert "same a=mid" in reason(changed(offer(audio(), video()), "a=mid:1", "a=mid:0"))


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


def test_a_section_without_direction_sends() -> None:
    plan, _answer = answer_publish(without(offer(video()), "a=sendonly"), SERVER)
    assert len(plan.tracks) == 1


@pytest.mark.parametrize("line", ["a=ice-ufrag:abc", "a=ice-ufrag:ab:cd", "a=ice-pwd:short", "a=ice-ufrag:"])
def test_credentials_have_their_form(line: str) -> None:
    name = line.split(":")[0]
    old = next(found for found in TWO.split("\r\n") if found.startswith(name))
    with pytest.raises(OfferMalformed, match="ice-"):
        answer_publish(changed(TWO, old, line), SERVER)


@pytest.mark.parametrize("digest", ["AB", DIGEST[:-3], DIGEST + ":AB", DIGEST.replace(":", ""), DIGEST[:-1] + "X"])
def test_a_fingerprint_of_the_wrong_form_is_no_fingerprint(digest: str) -> None:
    with pytest.raises(OfferMalformed):
        answer_publish(changed(TWO, DIGEST, digest), SERVER)


@pytest.mark.parametrize("setup", ["holdconn", "", "ACTIVE"])
def test_an_unknown_setup_is_malformed(setup: str) -> None:
    with pytest.raises(OfferMalformed):
        answer_publish(changed(TWO, "a=setup:actpass", f"a=setup:{setup}"), SERVER)
