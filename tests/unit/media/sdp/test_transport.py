"""The one transport of a session: BUNDLE, rtcp-mux, ICE, fingerprints, setup, our own lines."""

import pytest

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.negotiate import OfferMalformed, OfferRefused, answer_publish
from tests.unit.media.sdp.offer_texts import (
    DIGEST,
    SERVER,
    audio,
    changed,
    offer,
    recorded,
    video,
    without,
)

TWO = offer(audio(), video())


def refusal_of(text: str) -> str:
    with pytest.raises(OfferRefused) as caught:
        answer_publish(text, SERVER)
    return caught.value.code


def test_two_sections_must_share_a_bundle() -> None:
    assert refusal_of(offer(audio(), video(), bundle="a=x-none")) == "bundle_required"
    assert refusal_of(offer(audio(), video(), bundle="a=group:BUNDLE 0")) == "bundle_required"
    assert refusal_of(without(TWO, "a=mid:")) == "bundle_required"


def test_one_section_needs_no_bundle() -> None:
    plan, answer = answer_publish(offer(video(), bundle="a=x-none"), SERVER)
    assert plan.tracks and "a=group:BUNDLE 0\r\n" not in answer


def test_a_section_outside_the_bundle_that_is_not_taken_does_no_harm() -> None:
    text = offer(audio(codec="PCMU/8000"), video(), bundle="a=group:BUNDLE 1")
    assert len(answer_publish(text, SERVER)[0].tracks) == 1


def test_rtcp_must_share_the_port() -> None:
    assert refusal_of(without(TWO, "a=rtcp-mux")) == "rtcp_mux_required"


def test_two_lite_ends_never_meet() -> None:
    assert refusal_of(changed(TWO, "t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n")) == "ice_lite_offer"


def test_the_first_of_the_bundle_has_the_transport_even_if_turned_down() -> None:
    data = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"]
    text = offer(data, audio(), video())
    head, *rest = text.split("m=audio")
    bare = without("m=audio" + "m=audio".join(rest), "a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup")
    plan, _answer = answer_publish(changed(head, "abcd", "efgh", times=1) + bare, SERVER)
    assert plan.remote.ufrag == "efgh" and len(plan.tracks) == 2


@pytest.mark.parametrize("line", ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup"])
def test_what_the_transport_needs_is_asked_for_by_name(line: str) -> None:
    with pytest.raises(OfferMalformed, match="a=ice-ufrag and a=ice-pwd" if "ice" in line else line):
        answer_publish(without(TWO, line), SERVER)


def test_all_safe_fingerprints_are_kept_and_sha_1_is_not_one() -> None:
    plan, _answer = answer_publish(recorded("aiortc_publish"), SERVER)
    assert [fingerprint.algorithm for fingerprint in plan.fingerprints] == ["sha-256", "sha-384", "sha-512"]
    sha_1 = "a=fingerprint:sha-1 " + ":".join(["AB"] * 20)
    beside = changed(TWO, f"a=fingerprint:sha-256 {DIGEST}", f"{sha_1}\r\na=fingerprint:SHA-256 {DIGEST.lower()}")
    assert answer_publish(beside, SERVER)[0].fingerprints == (Fingerprint("sha-256", DIGEST),)
    with pytest.raises(OfferMalformed) as caught:
        answer_publish(changed(TWO, f"a=fingerprint:sha-256 {DIGEST}", sha_1), SERVER)
    assert caught.value.code == "fingerprint_missing"


@pytest.mark.parametrize(
    ("offered", "answered", "client"),
    [("actpass", "passive", False), ("active", "passive", False), ("passive", "active", True)],
)
def test_setup_is_answered_with_the_other_role(offered: str, answered: str, client: bool) -> None:
    plan, answer = answer_publish(changed(TWO, "actpass", offered), SERVER)
    assert plan.dtls_client is client
    assert answer.count(f"a=setup:{answered}\r\n") == 2


def test_candidates_of_the_offer_are_not_used_and_too_many_are_counted() -> None:
    many = [f"a=candidate:1 1 udp 1 192.0.2.1 {port} typ host" for port in range(1, 41)]
    plan, _answer = answer_publish(offer(audio(*many)), SERVER)
    assert (plan.remote_candidates, plan.ignored_candidates) == ((), 8)
