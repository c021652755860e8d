"""What aiortc's parser is given of a description: little, each once, within caps."""

import pytest

from dispatch_server.media.negotiate import OfferLimits, OfferMalformed, answer_publish
from dispatch_server.media.sdp import read
from tests.unit.media.sdp.offer_texts import SERVER, audio, offer, video

LIMITS = OfferLimits()


def reason(text: str, limits: OfferLimits = LIMITS) -> str:
    with pytest.raises(OfferMalformed) as caught:
        answer_publish(text, SERVER, limits)
    assert caught.value.code
    return caught.value.sentence


def test_the_borrowed_parser_gets_only_what_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def parse(text: str) -> object:
        seen.append(text)
        raise StopIteration

    class Spy:
        pass

    Spy.parse = staticmethod(parse)  # type: ignore[attr-defined]
    monkeypatch.setattr(read, "SessionDescription", Spy)
    noise = ["a=candidate:x", "a=fmtp:96 apt=x", "a=sctpmap:x", "a=unknown", *["a=ssrc:7 cname:x"] * 500]
    assert "cannot be read" in reason(offer(video(*noise)))
    assert seen[0].count("a=ssrc:7") == 1
    assert not any(word in seen[0] for word in ("candidate", "fmtp", "sctpmap", "unknown"))


def test_unknown_feedback_and_wildcards_cost_nothing() -> None:
    lines = [f"a=rtcp-fb:* {kind}" for kind in ("nack", "nack pli", "nack", "app xyz", "ccm tmmbr")] * 100
    plan, _answer = answer_publish(offer(video(*lines)), SERVER)
    codec = plan.tracks[0].codec
    assert (codec.nack, codec.pli, codec.fir, codec.remb) == (True, True, False, False)


@pytest.mark.parametrize("ssrc", ["0", "4294967296", "x", "-1", "99999999999"])
def test_an_ssrc_is_a_32_bit_number(ssrc: str) -> None:
    assert reason(offer(video(f"a=ssrc:{ssrc} cname:x")))


def test_ssrcs_are_capped_over_all_sections() -> None:
    first = audio(*(f"a=ssrc:{ssrc} cname:x" for ssrc in range(1, 41)))
    second = video(*(f"a=ssrc:{ssrc} cname:x" for ssrc in range(41, 81)))
    assert "64 SSRCs" in reason(offer(first, second))


def test_codecs_and_extensions_are_capped() -> None:
    formats = " ".join(str(number) for number in range(65))
    assert "64 formats" in reason(f"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF {formats}\r\n")
    assert "64 a=rtpmap" in reason(offer(video(*("a=rtpmap:96 H264/90000" for _ in range(64)))))
    assert "32 a=extmap" in reason(offer(video(*(f"a=extmap:{number} urn:x" for number in range(1, 34)))))


def test_fingerprints_are_capped() -> None:
    many = [f"a=fingerprint:sha-256 {'AB:' * 31}{number:02X}" for number in range(9)]
    assert "8 fingerprints" in reason(offer(audio(*many)))


def test_sections_are_capped() -> None:
    assert "8 sections" in reason(offer(*(audio() for _ in range(9))))
