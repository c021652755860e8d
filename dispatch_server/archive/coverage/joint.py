"""One list out of several recordings of one terminal, so that they play as one (pure; RFC 8216).

The master is preferred; the server's own parts stand where the master has none. A part is never cut: where the two
meet, up to one part is seen twice, and nothing is left out.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dispatch_server.archive.coverage.coverage import JOIN_US, lacking, union
from dispatch_server.archive.coverage.model import Span
from dispatch_server.archive.playlist import TARGET_US, wall_clock


class Piece(NamedTuple):
    """A part of one segment of one recording. A day is tens of thousands of them: a tuple is made in half the time."""

    recording_id: str
    number: int
    init_bytes: int
    picture: bool
    from_utc_us: int
    to_utc_us: int
    offset: int
    bytes: int

    @property
    def file(self) -> tuple[str, int]:
        return self.recording_id, self.number


@dataclass(frozen=True, slots=True)
class Listed:
    """One segment's parts as its row has them (JSON: offset, bytes, begin, duration each), not read yet."""

    recording_id: str
    number: int
    init_bytes: int
    picture: bool
    parts: str


def pieces_in(listed: Iterable[Listed]) -> list[Piece]:
    return [
        Piece(one.recording_id, one.number, one.init_bytes, one.picture, utc_us, utc_us + length_us, offset, size)
        for one in listed
        for offset, size, utc_us, length_us in json.loads(one.parts)
    ]


def choose(preferred: Sequence[Piece], others: Sequence[Piece], begin: int, end: int) -> list[Piece]:
    """Those that play, by time: all that is preferred, and of the others what adds more than a join."""
    inside = [one for one in preferred if one.from_utc_us < end and one.to_utc_us > begin and one.picture]
    kept = union([Span(one.from_utc_us, one.to_utc_us) for one in inside], JOIN_US)
    begins = [one.from_utc_us for one in kept]
    chosen = list(inside)
    for one in others:
        if not one.picture or one.from_utc_us >= end or one.to_utc_us <= begin:
            continue
        first = max(0, bisect_right(begins, one.from_utc_us) - 1)
        last = bisect_right(begins, one.to_utc_us)
        near = kept[first:last]
        holes = lacking(near, one.from_utc_us, one.to_utc_us) if near else [Span(one.from_utc_us, one.to_utc_us)]
        if any(hole.to_utc_us - hole.from_utc_us > JOIN_US for hole in holes):
            chosen.append(one)
    return sorted(chosen, key=_order)


def without_copies(pieces: Iterable[Piece]) -> list[Piece]:
    """Of several server recordings of one terminal (its layers, say), each moment once: the earlier listed first."""
    chosen: list[Piece] = []
    at = 0
    for one in sorted(pieces, key=lambda piece: (piece.from_utc_us, -piece.to_utc_us)):
        if one.to_utc_us > at + JOIN_US:
            chosen.append(one)
            at = one.to_utc_us
    return chosen


def joint_playlist(pieces: Sequence[Piece], ended: bool, target_us: int = TARGET_US) -> str:
    """A VOD list, or an EVENT list that only grows: whoever watches can go back to the beginning."""
    longest_us = max([target_us, *(one.to_utc_us - one.from_utc_us for one in pieces)]) if ended else target_us
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{-(-longest_us // 1_000_000)}"]
    lines += ["#EXT-X-MEDIA-SEQUENCE:0", f"#EXT-X-PLAYLIST-TYPE:{'VOD' if ended else 'EVENT'}"]
    lines += _entries(pieces)
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _entries(pieces: Sequence[Piece]) -> Iterator[str]:
    url, before = "", None
    for one in pieces:
        begins = before is None or before.number != one.number or before.recording_id != one.recording_id
        follows = before is not None and before.offset + before.bytes == one.offset
        jumps = before is not None and abs(one.from_utc_us - before.to_utc_us) > JOIN_US
        if before is not None and (begins or not follows):
            yield "#EXT-X-DISCONTINUITY"
        if begins:
            url = f"/api/v1/recordings/{one.recording_id}/segments/{one.number}.mp4"
            yield f'#EXT-X-MAP:URI="{url}",BYTERANGE="{one.init_bytes}@0"'
        if begins or jumps or not follows:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{wall_clock(one.from_utc_us)}"
        seconds = (one.to_utc_us - one.from_utc_us) / 1_000_000
        yield f"#EXTINF:{seconds:.6f},\n#EXT-X-BYTERANGE:{one.bytes}@{one.offset}\n{url}"
        before = one


def _order(piece: Piece) -> tuple[int, str, int, int]:
    return piece.from_utc_us, piece.recording_id, piece.number, piece.offset
