"""Layers of a publisher: simulcast rids (RFC 8851, 8853), or sections by label (RFC 4574) and order."""

import re
from collections.abc import Collection

from dispatch_server.media.abilities import MID, RID, Layer
from dispatch_server.media.sdp.limits import OfferLimits, quote
from dispatch_server.media.sdp.read import Section
from dispatch_server.media.sdp.reduce import first
from dispatch_server.media.sdp.refusals import OfferMalformed

_RID = re.compile(r"([A-Za-z0-9_-]{1,16}) (send|recv)(?: +([!-~ ]+))?")
# h and l are ours; f, h, q (full, half, quarter) and the words are what others call theirs.
_MAIN_NAMES = ("f", "high", "hi", "h")
_SUB_NAMES = ("q", "low", "lo", "l")
_PICTURES = (Layer.MAIN, Layer.SUB)


def read_rids(section: Section, payload_type: int, limits: OfferLimits) -> dict[str, Layer]:
    """
    Which sent rid is which layer, two at most; empty without simulcast.

    Names that say nothing go by the order of a=simulcast, most wanted first (RFC 8853 section 5.2).
    """
    lines = section.raw.get("rid", [])
    if len(lines) > limits.rids:
        raise OfferMalformed(f"A section has more than {limits.rids} a=rid lines.")
    uris = {extension.uri for extension in section.extensions}
    simulcast = first(section.raw, "simulcast")
    if simulcast is None or RID not in uris or MID not in uris:  # packets could not be told apart
        return {}
    sendable = {name for line in lines if (name := _sendable(line, payload_type))}
    order = [rid for rid in _sent_order(simulcast) if rid in sendable]
    main = next((rid for rid in _MAIN_NAMES if rid in order), None)
    sub = next((rid for rid in _SUB_NAMES if rid in order), None)
    unnamed = iter(rid for rid in order if rid not in (main, sub))
    main = main or next(unnamed, None)
    sub = sub or next(unnamed, None)
    return {rid: Layer.MAIN if rid == main else Layer.SUB for rid in order if rid in (main, sub)}


def label_of(section: Section) -> Layer | None:
    """The layer that a=label names, if it is one of ours."""
    label = (first(section.raw, "label") or "").lower()
    return next((layer for layer in _PICTURES if layer == label), None)


def best_picture(among: Collection[Layer]) -> Layer | None:
    """The largest picture among these layers."""
    return next((layer for layer in _PICTURES if layer in among), None)


def first_free_picture(taken: Collection[Layer]) -> Layer | None:
    """The layer of a section without label: main, then sub, as long as no other section has it."""
    return best_picture(set(_PICTURES).difference(taken))


def _sendable(line: str, payload_type: int) -> str | None:
    match = _RID.fullmatch(line.strip())
    if match is None:
        raise OfferMalformed(f"a=rid:{quote(line)} is not name, blank, send or recv (RFC 8851 section 10).")
    name, direction, restrictions = match.groups()
    for part in (restrictions or "").split(";"):
        key, _equals, value = part.strip().partition("=")
        if key == "pt" and str(payload_type) not in value.split(","):
            return None
    return name if direction == "send" else None


def _sent_order(simulcast: str) -> list[str]:
    """Rids after `send`; of alternatives (a,b) the first, a leading ~ means paused at first."""
    words = simulcast.split()
    streams = next((words[i + 1] for i, word in enumerate(words[:-1]) if word == "send"), "")
    return list(dict.fromkeys(stream.split(",")[0].lstrip("~") for stream in streams.split(";")))
