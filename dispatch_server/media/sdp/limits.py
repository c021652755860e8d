"""Caps on a description, applied to the text before any parser sees it (aiortc's is quadratic in places)."""

import re
from dataclasses import dataclass

from dispatch_server.media.sdp.refusals import OfferMalformed

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
QUOTED_CHARS = 80  # characters of somebody else's text that a sentence quotes


@dataclass(frozen=True, slots=True)
class OfferLimits:
    size_bytes: int = 65_536
    lines: int = 1_000
    line_chars: int = 2_048
    sections: int = 8
    codecs: int = 64  # per section
    extensions: int = 32  # per section
    rids: int = 4  # per section
    ssrcs: int = 64
    candidates: int = 32  # more are ignored and counted
    fingerprints: int = 8  # per level


DEFAULT_LIMITS = OfferLimits()


def quote(text: str) -> str:
    """Somebody else's text, fit to stand in a sentence."""
    return ascii(text[:QUOTED_CHARS])


def checked_lines(text: str, limits: OfferLimits) -> list[str]:
    """The lines of `text`, or OfferMalformed when it is too large or holds characters that hide line ends."""
    if len(text) > limits.size_bytes or len(text.encode("utf-8", "replace")) > limits.size_bytes:
        raise OfferMalformed(
            f"The description is larger than {limits.size_bytes} bytes: send fewer codecs or sections.",
            "offer_too_large",
        )
    if text.count("\n") > limits.lines:
        raise OfferMalformed(f"The description has more than {limits.lines} lines.", "offer_too_large")
    # Characters at which str.splitlines, which aiortc uses, breaks a line although SDP does not.
    if hidden := _HIDDEN.search(text.replace("\r\n", "\n")):
        raise OfferMalformed(f"The description holds the control character {hidden[0]!a}.")
    lines = [stripped for line in text.split("\n") if (stripped := line.rstrip("\r"))]
    for line in lines:
        if len(line) > limits.line_chars:
            raise OfferMalformed(f"A line is longer than {limits.line_chars} characters: {quote(line)}.")
        if len(line) < 2 or line[1] != "=":
            raise OfferMalformed(f"Not a description line (letter=value): {quote(line)}.")
    return lines
