"""Refusals carry a stable code, a sentence for people, and what would be accepted."""

from dispatch_server.kit.errors import MalformedPacket, RemoteFault
from dispatch_server.media.negotiate import ACCEPTED, AnswerUnusable, OfferMalformed, OfferRefused
from dispatch_server.media.sdp.refusals import codec_refused


def test_each_has_a_code_of_its_own_and_is_the_remote_ends_fault() -> None:
    found = [OfferMalformed("No."), OfferRefused("bundle_required", "No."), AnswerUnusable("No.")]
    assert [one.code for one in found] == ["offer_malformed", "bundle_required", "answer_unusable"]
    assert all(isinstance(one, RemoteFault) and not isinstance(one, MalformedPacket) for one in found)
    assert all(one.sentence == str(one) == "No." for one in found)


def test_a_codec_refusal_says_what_is_accepted() -> None:
    refusal = codec_refused()
    assert (refusal.code, refusal.accepted) == ("codec_not_accepted", ACCEPTED)
    assert "H.264" in refusal.sentence and "Opus" in refusal.sentence
