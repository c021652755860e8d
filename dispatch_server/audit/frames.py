"""How acts lie in the journal: each behind a mark, its length and its digest, so that a torn or bad one is told."""

from dataclasses import dataclass, field
from hashlib import sha256

MARK = b"\xa7ACT"
_HEAD_BYTES = len(MARK) + 4 + 32
LARGEST_BYTES = 64 * 1024


@dataclass(slots=True)
class Found:
    """What could be read, in its order; `lost_bytes` belong to no whole frame: a torn end, or damage."""

    contents: list[bytes] = field(default_factory=list)
    lost_bytes: int = 0


def framed(content: bytes) -> bytes:
    return MARK + len(content).to_bytes(4, "big") + sha256(content).digest() + content


def read(data: bytes) -> Found:
    """Whatever these bytes are, it ends, and gives every frame that is whole."""
    found = Found()
    at = 0
    while at < len(data):
        content = _whole_at(data, at)
        if content is not None:
            found.contents.append(content)
            at += _HEAD_BYTES + len(content)
            continue
        following = data.find(MARK, at + 1)
        following = len(data) if following < 0 else following
        found.lost_bytes += following - at
        at = following
    return found


def _whole_at(data: bytes, at: int) -> bytes | None:
    head = data[at : at + _HEAD_BYTES]
    if len(head) < _HEAD_BYTES or not head.startswith(MARK):
        return None
    length = int.from_bytes(head[4:8], "big")
    content = data[at + _HEAD_BYTES : at + _HEAD_BYTES + min(length, LARGEST_BYTES)]
    return content if len(content) == length and sha256(content).digest() == head[8:] else None
