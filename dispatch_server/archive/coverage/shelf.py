"""Takes recordings of a terminal off the shelf: those in the database and those that are not there yet, as spans."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.active import OpenRecording
from dispatch_server.archive.coverage.index_spans import SegmentSpans, read_spans
from dispatch_server.archive.coverage.joint import Listed, Piece, pieces_in
from dispatch_server.archive.coverage.model import Span
from dispatch_server.archive.coverage.store import CoverageStore, Head
from dispatch_server.archive.model import Origin, Part, Recording, Segment
from dispatch_server.archive.reading import INDEX_LIMIT_BYTES
from dispatch_server.archive.service import ArchiveService
from dispatch_server.archive.store import RecordingStore
from dispatch_server.runtime.threads import Kind, Threads


@dataclass(slots=True)
class Shelf:
    archive: ArchiveService
    rows: RecordingStore
    store: CoverageStore
    threads: Threads

    async def recordings_in(self, source: str, begin: int, end: int) -> list[Recording]:
        """In order of their beginning. A master's times are the server's, too (Card.clock_offset_us is taken off)."""
        found = {one.card.id: one for one in await self.store.recordings_in(source, begin, end)}
        for held in self._all_held():
            one = held.recording
            ended = one.ended_utc_us if one.closed_utc_us is not None else end
            if one.card.source == source and one.card.opened_utc_us < end and ended > begin:
                found[one.card.id] = one
        return sorted(found.values(), key=lambda one: (one.card.opened_utc_us, one.card.id))

    async def segments_of(self, recording_id: str) -> list[Segment]:
        """Of the one that is written, as far as it is announced."""
        found = {one.number: one for one in await self.rows.segments_of(recording_id)}
        held = self.held(recording_id)
        if held is not None:
            found |= {one.number: one for one in held.unsaved_segments()}
        return [found[number] for number in sorted(found)]

    async def pieces_of(self, recording: Recording) -> list[Piece]:
        """Parts that are whole, for a playlist."""
        return await self.threads.run(Kind.GENERAL, pieces_in, await self.listed_in(recording))

    async def listed_in(self, recording: Recording, within: Span | None = None) -> list[Listed]:
        """The segments that have any of a stretch, by number; to read their parts is no work for the loop."""
        found = {one.number: one for one in await self.store.listed_in(recording.card.id, within)}
        held = self.held(recording.card.id)
        if held is not None:
            for segment in held.unsaved_segments():
                parts = held.grouping.parts if segment is held.segment else segment.parts
                found[segment.number] = _listed(segment, parts)
        return [found[number] for number in sorted(found)]

    async def spans_of(self, of: Sequence[Recording]) -> dict[str, list[SegmentSpans]]:
        """By recording. Only the indexes of segments that have changed since are read."""
        ids = [one.card.id for one in of]
        known, heads = await self.store.spans_of(ids), await self.store.heads_of(ids)
        result: dict[str, list[SegmentSpans]] = {}
        changed = []
        for recording in of:
            result[recording.card.id] = []
            for segment in self._heads(recording.card.id, heads):
                spans = known.get((recording.card.id, segment.number))
                if spans is None or spans.bytes != segment.bytes:
                    spans = await self._read(recording, segment)
                    if spans is None:
                        continue
                    changed.append(spans)
                result[recording.card.id].append(spans)
        if changed:
            await self.store.save_spans(changed)
        return result

    def _heads(self, recording_id: str, saved: Mapping[str, Sequence[Head]]) -> list[Head]:
        """Of the one that is written, as far as it is announced."""
        found = {one.number: one for one in saved.get(recording_id, ())}
        held = self.held(recording_id)
        if held is not None:
            found |= {one.number: Head(one.number, one.root, one.bytes) for one in held.unsaved_segments()}
        return [found[number] for number in sorted(found)]

    async def _read(self, recording: Recording, segment: Head) -> SegmentSpans | None:
        if segment.root >= len(self.archive.roots):
            return None
        folder = self.archive.roots[segment.root] / folders.folder_of(recording.card)
        path, announced = folder / folders.index_name(segment.number), segment.bytes
        try:
            index = await self.threads.run(Kind.GENERAL, _read_index, path)
        except OSError:
            return None  # a disk that is away: what was read before still counts, this is looked at again
        return read_spans(recording.card.id, segment.number, index, announced)

    def held(self, recording_id: str) -> OpenRecording | None:
        return self.archive.by_id.get(recording_id) or self.archive.closed.get(recording_id)

    def _all_held(self) -> list[OpenRecording]:
        return [*self.archive.by_id.values(), *self.archive.closed.values()]


def is_master(recording: Recording) -> bool:
    return recording.card.origin == Origin.TERMINAL


def _listed(segment: Segment, parts: Sequence[Part]) -> Listed:
    """As its row will have it."""
    plain = [[part.offset, part.bytes, part.utc_us, part.duration_us] for part in parts]
    return Listed(segment.recording_id, segment.number, segment.init_bytes, bool(segment.video), json.dumps(plain))


def _read_index(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(INDEX_LIMIT_BYTES)
