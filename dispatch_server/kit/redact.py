"""Keeps keys and names out of what is printed: a type that does not show its value, and a scrubber for texts."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"


class Secret:
    """A key, token or password: prints as [hidden]; `reveal()` is the one way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return f"Secret({HIDDEN if self._text else 'empty'})"

    __str__ = __repr__


# Fields whose value never goes into a log, whatever it holds: keys, and what names a person.
_HIDDEN_FIELDS = re.compile(
    r"(^|_)(authorization|cookie|cookies|password|passwd|secret|token|tokens|credential|credentials|ufrag|pwd"
    r"|api_key|publish_key|session_key|private_key|key_material|sign_in_code|enrolment_code|otp"
    r"|person_name|officer_name|party|id_number|phone)$",
    re.IGNORECASE,
)

_SCRUBS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Authorization values (RFC 9110 11.6.2), wherever they stand in a text.
    (re.compile(r"\b(Bearer|Basic|Digest)\s+[A-Za-z0-9\-._~+/]{4,}=*", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # Three base64url parts joined by dots (JWS, RFC 7515 7.1).
    (re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"), HIDDEN),
    # user:password@ in an address (RFC 3986 3.2.1).
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*):[^\s/@]+@", re.IGNORECASE), rf"\1:{HIDDEN}@"),
    (
        re.compile(r"([?&;\s\"']|^)((?:access_)?token|key|code|password|secret|ticket)=[^&;\s\"']+", re.IGNORECASE),
        rf"\1\2={HIDDEN}",
    ),
    # ICE and SDES secrets of a session description (RFC 8839 5.4, RFC 4568).
    (re.compile(r"\ba=(ice-pwd|ice-ufrag|crypto):[^\r\n]*", re.IGNORECASE), rf"a=\1:{HIDDEN}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), HIDDEN),
    # Identity numbers (GB 11643: 17 digits and a check character) and mobile numbers of mainland China.
    (re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dXx])"), HIDDEN),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), HIDDEN),
)


def scrub(text: str) -> str:
    """The text without what looks like a key, a token, a password, an identity or mobile number."""
    for pattern, replacement in _SCRUBS:
        text = pattern.sub(replacement, text)
    return text


def scrub_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which hidden fields are hidden and texts are scrubbed, to three levels of nesting."""
    return {name: HIDDEN if _HIDDEN_FIELDS.search(name) else _scrub_value(value, 3) for name, value in fields.items()}


def _scrub_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if depth and isinstance(value, Mapping):
        return {
            key: HIDDEN if _HIDDEN_FIELDS.search(str(key)) else _scrub_value(inner, depth - 1)
            for key, inner in value.items()
        }
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_scrub_value(inner, depth - 1) for inner in value]
    return value
