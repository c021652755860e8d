"""HLS from the index (RFC 8216, fMP4): byte ranges of the originals, grouped from key frame to key frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dispatch_server.archive.model import Part
from dispatch_server.protocol.footage import FragmentEntry

TARGET_US = 4_000_000


class Grouping:
    """
    Fragments of one segment to parts, as they come; what is a part once stays one.

    Whole groups of pictures as far as they fit the target; one that alone is longer is cut.
    """

    __slots__ = ("_group_us", "_key_us", "_target_us", "parts", "rest")

    def __init__(self, target_us: int = TARGET_US) -> None:
        self._target_us = target_us
        self._key_us = 0  # since the last key frame
        self._group_us = 0  # length of the last group of pictures
        self.parts: list[Part] = []
        self.rest: Part | None = None  # may still grow

    def add(self, fragment: FragmentEntry) -> None:
        if fragment.key:
            self._group_us, self._key_us = self._key_us, 0
        rest = self.rest
        if rest is not None and fragment.duration_us:
            expected_us = self._group_us if fragment.key else fragment.duration_us
            if rest.duration_us + expected_us > self._target_us:
                self.parts.append(rest)
                rest = None
        self._key_us += fragment.duration_us
        if rest is None:
            self.rest = Part(fragment.offset, fragment.bytes, fragment.utc_us, fragment.duration_us)
            return
        length = fragment.offset + fragment.bytes - rest.offset
        self.rest = Part(rest.offset, length, rest.utc_us, rest.duration_us + fragment.duration_us)

    def all(self) -> tuple[Part, ...]:
        return (*self.parts, self.rest) if self.rest is not None else tuple(self.parts)


@dataclass(frozen=True, slots=True)
class Playable:
    """One file of a recording as a playlist needs it; of one that is still written, only the parts that are whole."""

    number: int
    init_bytes: int
    picture: bool
    parts: tuple[Part, ...]


def playlist(
    segments: Sequence[Playable],
    closed: bool,
    window_us: int = 0,
    target_us: int = TARGET_US,
    sound_only: bool = False,
) -> str:
    """
    The whole of a closed recording; of an open one the newest `window_us` (0: all, as an EVENT list).

    Segments without picture cannot stand in one list with others (the player's buffers have a fixed set of
    tracks): there they are marked as gaps, and `sound_only` lists just them.
    """
    entries = _entries(segments, sound_only)
    first = 0
    if not closed and window_us:
        first = _window(entries, window_us)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{-(-target_us // 1_000_000)}"]
    lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
    breaks = sum(1 for entry in entries[1 : first + 1] if entry[2])
    lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{breaks}")
    if closed or not window_us:
        lines.append(f"#EXT-X-PLAYLIST-TYPE:{'VOD' if closed else 'EVENT'}")
    for place in range(first, len(entries)):
        segment, part, begins = entries[place]
        if begins and place != first:
            lines.append("#EXT-X-DISCONTINUITY")
        if begins or place == first:
            lines.append(f'#EXT-X-MAP:URI="segments/{segment.number}.mp4",BYTERANGE="{segment.init_bytes}@0"')
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{wall_clock(part.utc_us)}")
        if not segment.picture and not sound_only:
            lines.append("#EXT-X-GAP")
        lines.append(f"#EXTINF:{part.duration_us / 1_000_000:.6f},")
        lines.append(f"#EXT-X-BYTERANGE:{part.bytes}@{part.offset}")
        lines.append(f"segments/{segment.number}.mp4")
    if closed:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _entries(segments: Sequence[Playable], sound_only: bool) -> list[tuple[Playable, Part, bool]]:
    """All parts in order, from the first picture on; the flag marks the first of each segment."""
    entries: list[tuple[Playable, Part, bool]] = []
    for segment in segments:
        wanted = not segment.picture if sound_only else bool(segment.picture or entries)
        if wanted:
            entries += [(segment, part, place == 0) for place, part in enumerate(segment.parts)]
    return entries


def _window(entries: Sequence[tuple[Playable, Part, bool]], window_us: int) -> int:
    kept_us = 0
    for place in range(len(entries) - 1, -1, -1):
        kept_us += entries[place][1].duration_us
        if kept_us >= window_us:
            return place
    return 0


def wall_clock(utc_us: int) -> str:
    moment = datetime.fromtimestamp(utc_us // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{utc_us // 1000 % 1000:03}Z"
