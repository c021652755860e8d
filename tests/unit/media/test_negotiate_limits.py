"""Hostile descriptions: caps before parsing, and a readable reason for each refusal."""

from dataclasses import replace

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.negotiate import OfferLimits, OfferMalformed, answer_publish
from dispatch_server.media.sdp import read
from tests.unit.media.offer_texts import SERVER, audio, changed, offer, video

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


def test_sections_are_capped() -> None:
    assert "8 sections" in reason(offer(*(audio() for _ in range(9))))


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


@pytest.mark.parametrize(
    "line", ["a=extmap:1", "a=extmap:x urn:y", "a=extmap:0 urn:y", "a=extmap:1/up urn:y"]
)
def test_a_broken_extension_line_is_named(line: str) -> None:
    assert "ext" in reason(offer(video(line)))


def test_an_extension_id_stands_once_in_a_section() -> None:
    assert "id 3" in reason(offer(video("a=extmap:3 urn:a", "a=extmap:3 urn:b")))


@pytest.mark.parametrize("ssrc", ["0", "4294967296", "x", "-1", "99999999999"])
def test_an_ssrc_is_a_32_bit_number(ssrc: str) -> None:
    assert reason(offer(video(f"a=ssrc:{ssrc} cname:x")))


def test_an_ssrc_belongs_to_one_section_and_one_group() -> None:
    line = "a=ssrc:7 cname:x"
    assert "two sections" in reason(offer(audio(line), video(line)))
    assert "two groups" in reason(offer(video("a=ssrc-group:FID 7 9", "a=ssrc-group:FID 8 9")))


def test_a_mid_stands_once() -> None:
    assert "same a=mid" in reason(changed(offer(audio(), video()), "a=mid:1", "a=mid:0"))


def test_blank_lines_bare_line_feeds_and_chinese_names_are_fine() -> None:
    text = changed(offer(audio()), "s=-", "s=执法 现场\u3000一\r\n")
    plan, _answer = answer_publish(changed(text, "\r\n", "\n"), SERVER)
    assert len(plan.tracks) == 1


def test_unknown_feedback_and_wildcards_cost_nothing() -> None:
    lines = [f"a=rtcp-fb:* {kind}" for kind in ("nack", "nack pli", "nack", "app xyz", "ccm tmmbr")] * 100
    plan, _answer = answer_publish(offer(video(*lines)), SERVER)
    codec = plan.tracks[0].codec
    assert (codec.nack, codec.pli, codec.fir, codec.remb) == (True, True, False, False)


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


def test_limits_are_settings() -> None:
    assert "2 sections" in reason(offer(audio(), video(), video()), replace(LIMITS, sections=2))


def test_a_reason_quotes_little_and_only_ascii() -> None:
    sentence = reason("v=0\r\n" + "罚" * 500 + "\r\n")
    assert len(sentence) < 600 and sentence.isascii()
    assert not isinstance(OfferMalformed("x"), MalformedPacket)
