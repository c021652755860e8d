"""No key, token, identity or telephone number gets through; ordinary words do."""

import pytest

from dispatch_server.kit.redact import HIDDEN, Secret, scrub, scrub_fields

CANARY = "kanarienvogel0123456789"


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    for shown in (str(secret), repr(secret), f"{secret}", f"{[secret]}"):
        assert CANARY not in shown
    assert secret == Secret(CANARY)
    assert len({secret, Secret(CANARY), Secret("other")}) == 2
    assert not Secret("")


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"basic {CANARY}==",
        f"GET /whip/3?token={CANARY}&a=1",
        f"/sign-in?code={CANARY}",
        f"postgresql://admin:{CANARY}@db/name",
        f"redis://:{CANARY}@host:6379/0",
        f"a=ice-pwd:{CANARY}\r\nm=video",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}",
        f"eyJhbGciOiJFUzI1NiJ9.{CANARY}.sig-nature_1",
    ],
)
def test_what_opens_something_is_hidden(text: str) -> None:
    assert CANARY not in scrub(text)
    assert HIDDEN in scrub(text)


@pytest.mark.parametrize("number", ["110101199003074477", "11010119900307447X", "13812345678"])
def test_numbers_of_persons_are_hidden(number: str) -> None:
    assert number not in scrub(f"当事人 {number}，已告知")


@pytest.mark.parametrize(
    "text",
    [
        "the stream 0199f2c4-8a3e-7b11-9c55-2f1f0c7a9d10 ended",
        "sent 1790000000000000 us, port 8189, 128 packets",
        "terminal 330126-07 lost its link (consent expired)",
        "keyframe=12 monkey=banana",
        "http://127.0.0.1:8080/",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert scrub(text) == text


def test_fields_are_hidden_by_their_name_and_scrubbed_by_their_content() -> None:
    scrubbed = scrub_fields(
        {
            "event": f"asked with Bearer {CANARY}",
            "publish_key": CANARY,
            "officer_name": CANARY,
            "Cookie": CANARY,
            "nested": {"password": CANARY, "list": [f"token={CANARY}", 3]},
            "bytes": CANARY.encode(),
            "keyframes": 7,
            "tokens": 3,
        }
    )
    assert CANARY not in str(scrubbed)
    assert scrubbed["keyframes"] == 7
    assert scrubbed["bytes"] == "23 bytes"


def test_a_very_deep_field_is_not_followed_for_ever() -> None:
    deep: dict[str, object] = {}
    deep["self"] = deep
    assert scrub_fields(deep)
