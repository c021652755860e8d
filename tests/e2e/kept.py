"""What a server has kept on its disk, read without the server: indexes verified, pictures and sound decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av

from dispatch_server.archive.folders import END, End, find_recordings, read_card, read_end
from dispatch_server.protocol.footage import FragmentEntry, GapEntry, Verdict, verify_segment


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """One file of a recording, and what its index proves."""

    media: Path
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Kept:
    """One recording's folder."""

    folder: Path
    id: str
    stream_id: str
    source: str
    end: End | None
    segments: tuple[KeptSegment, ...]

    @property
    def problems(self) -> list[str]:
        return [problem for segment in self.segments for problem in segment.verdict.problems]

    @property
    def fragments(self) -> list[FragmentEntry]:
        return [fragment for segment in self.segments for fragment in segment.verdict.fragments()]

    @property
    def gaps(self) -> list[GapEntry]:
        return [gap for segment in self.segments for gap in segment.verdict.gaps()]

    @property
    def ended_utc_us(self) -> int:
        return max((entry.utc_us + entry.duration_us for entry in self.fragments), default=0)


def kept_in(archive: Path) -> dict[str, Kept]:
    """All recordings by id; the chain is followed through all segments of each."""
    return {kept.id: kept for kept in map(_read, find_recordings(archive))}


def _read(folder: Path) -> Kept:
    card = read_card(folder / "recording.json")
    segments, chain = [], None
    for index in sorted(folder.glob("[0-9]*.jsonl")):
        segment = _verified(index, chain)
        chain = segment.verdict.chain
        segments.append(segment)
    return Kept(folder, card.id, card.stream_id, card.source, read_end(folder / END), tuple(segments))


def _verified(index: Path, chain: bytes | None) -> KeptSegment:
    media = index.with_suffix(".mp4")
    with media.open("rb") as file:

        def read(offset: int, size: int) -> bytes:
            file.seek(offset)
            return file.read(size)

        return KeptSegment(media, verify_segment(index.read_bytes(), read, chain))


def decoded(segment: KeptSegment) -> Iterator[tuple[str, int]]:
    """(kind, count) of the pictures and sounds that a decoder gets out of the announced part of a file."""
    announced = segment.media.with_suffix(".announced")
    announced.write_bytes(segment.media.read_bytes()[: segment.verdict.end])
    try:
        with av.open(str(announced)) as container:
            for stream in container.streams:
                container.seek(0)
                yield stream.type, sum(1 for _ in container.decode(stream))
    finally:
        announced.unlink()
