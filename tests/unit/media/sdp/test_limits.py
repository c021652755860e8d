"""Hostile descriptions: caps before parsing, and a readable reason for each refusal."""

from dataclasses import replace

import pytest

from dispatch_server.media.negotiate import OfferLimits, OfferMalformed, answer_publish
from tests.unit.media.sdp.offer_texts import SERVER, audio, changed, offer, video

LIMITS = OfferLimits()


def reason(text: str, limits: OfferLimits = LIMITS) -> str:
    with pytest.raises(OfferMalformed) as caught:
        answer_publish(text, SERVER, limits)
    assert caught.value.code
    return caught.value.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with v=0"),
        ("GET / HTTP/1.1\r\n", "Not a description line"),
        ("{}", "Not a description line"),
        ("v=1\r\n", "begins with v=0"),
        ("v=0\r\ns=-\r\n", "no m= section"),
        ("v=0\r\nm=audio\r\n", "Not a media line"),
        ("v=0\r\nm=audio 99999 UDP/TLS/RTP/SAVPF 1\r\n", "Not a media line"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF opus\r\n", "must be numbers"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 72\r\n", "cannot be read"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 1\r\na=rtpmap:x\r\n", "cannot be read"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 1\r\na=mid:a b\r\n", "a=mid"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 1\r\na=mid:0\r\na=mid:1\r\n", "more than once"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 1\r\na=rtpmap:1 罚/8000\r\n", "plain ASCII"),
        ("v=0\r\ns=a\u2028m=audio 9 X 0\r\n", "control character"),
        ("v=0\r\ns=a\rm=audio 9 X 0\r\n", "control character"),
        ("v=0\x00\r\n", "control character"),
    ],
)
def test_what_is_no_description_is_told_why(text: str, words: str) -> None:
    assert words in reason(text)


def test_the_size_counts_in_bytes() -> None:
    assert "65536 bytes" in reason("v=0\r\ns=" + "罚" * 22_000)
    assert "65536 bytes" in reason("v=0\r\n" + "a=x\r\n" * 20_000)


def test_lines_are_capped_in_number_and_length() -> None:
    assert "1000 lines" in reason("v=0\r\n" + "a=x\r\n" * 1_001)
    assert "2048 characters" in reason("v=0\r\ns=" + "x" * 2_050)


def test_blank_lines_bare_line_feeds_and_chinese_names_are_fine() -> None:
    text = changed(offer(audio()), "s=-", "s=执法 现场\u3000一\r\n")
    plan, _answer = answer_publish(changed(text, "\r\n", "\n"), SERVER)
    assert len(plan.tracks) == 1


def test_limits_are_settings() -> None:
    assert "2 sections" in reason(offer(audio(), video(), video()), replace(LIMITS, sections=2))


def test_a_reason_quotes_little_and_only_ascii() -> None:
    sentence = reason("v=0\r\n" + "罚" * 500 + "\r\n")
    assert len(sentence) < 600 and sentence.isascii()
