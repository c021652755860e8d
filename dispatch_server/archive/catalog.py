"""Finds recordings for those who may see them: lists, playlists, and the files behind them."""

from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.active import OpenRecording, playable
from dispatch_server.archive.messages import RecordingDetail, RecordingEntry, RecordingList, SegmentEntry
from dispatch_server.archive.model import Recording, Segment, State
from dispatch_server.archive.playlist import playlist
from dispatch_server.archive.ports import FetchPort, NamesPort, SealsPort
from dispatch_server.archive.service import ArchiveService
from dispatch_server.archive.store import Query, RecordingStore
from dispatch_server.kit.cursors import read_cursor, write_cursor
from dispatch_server.kit.errors import Absent, Gone
from dispatch_server.kit.scope import Scope

API = "/api/v1/recordings"


class RecordingUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("recording_unknown", "There is no such recording.")


class RecordingDestroyed(Gone):
    def __init__(self) -> None:
        super().__init__("recording_destroyed", "It was destroyed; what is left is its tombstone.")


@dataclass(frozen=True, slots=True)
class SegmentFile:
    path: Path
    bytes: int  # what was announced of it
    etag: str
    growing: bool  # more will be appended: nobody may keep it and ask for the rest by its tag


@dataclass(slots=True)
class Catalog:
    """`scope` is what the person may see. What is outside of it is not there."""

    archive: ArchiveService
    store: RecordingStore
    names: NamesPort
    fetcher: FetchPort | None = None
    seals: SealsPort | None = None

    async def search(self, query: Query, cursor: str | None) -> RecordingList:
        after = read_cursor(cursor) if cursor else None
        asked = Query(
            query.limit + 1, query.scope, query.source, query.department, query.from_utc_us, query.to_utc_us, after
        )
        found = await self.store.search(asked)
        page = found[: query.limit]
        more = len(found) > query.limit
        return RecordingList(
            recordings=[self._entry(self._newest(recording)) for recording in page],
            next_cursor=write_cursor(page[-1].card.opened_utc_us, page[-1].card.id) if more else None,
            server_utc_us=self.archive.world.utc_us(),
        )

    async def detail(self, recording_id: str, scope: Scope) -> RecordingDetail:
        recording = await self.find(recording_id, scope)
        segments = {segment.number: segment for segment in await self.store.segments_of(recording_id)}
        held = self._held(recording_id)
        if held is not None:
            segments |= {segment.number: segment for segment in held.unsaved_segments()}
        sealed = await self.seals.find(recording_id) if self.seals is not None else None
        return RecordingDetail(
            **self._entry(recording).model_dump(),
            reason=recording.reason,
            segments=[_segment_entry(segments[number]) for number in sorted(segments)],
            sealed_utc_us=sealed.sealed_utc_us or None if sealed is not None else None,
            seal_key=sealed.key or None if sealed is not None else None,
            scrubbed_utc_us=sealed.scrubbed_utc_us if sealed is not None else None,
            damage=sealed.damage if sealed is not None else "",
        )

    async def playlist(self, recording_id: str, scope: Scope, sound_only: bool) -> str:
        recording = await self.find(recording_id, scope)
        if recording.state is State.PURGED:
            raise RecordingDestroyed
        playables = {segment.number: playable(segment) for segment in await self.store.segments_of(recording_id)}
        held = self._held(recording_id)
        if held is not None:
            playables |= held.playables()
        closed = recording.state is not State.OPEN
        window_us = self.archive.limits.window_us
        return playlist([playables[n] for n in sorted(playables)], closed, window_us, sound_only=sound_only)

    async def segment_file(self, recording_id: str, number: int, scope: Scope) -> SegmentFile:
        recording = await self.find(recording_id, scope)
        if recording.state is State.PURGED:
            raise RecordingDestroyed
        held = self._held(recording_id)
        unsaved = held.unsaved_segments() if held is not None else []
        segment = next((segment for segment in unsaved if segment.number == number), None)
        segment = segment or await self.store.segment(recording_id, number)
        if segment is None or segment.root >= len(self.archive.roots):
            raise RecordingUnknown
        folder = self.archive.roots[segment.root] / folders.folder_of(recording.card)
        etag = f'"{recording_id}-{number}-{segment.bytes}"'
        growing = held is not None and held.segment is segment
        if self.fetcher is not None and not growing:
            await self.fetcher.here(recording.card, folder, folders.media_name(number))
        return SegmentFile(folder / folders.media_name(number), segment.bytes, etag, growing)

    async def media_here(self, recording: Recording) -> None:
        """All of it on this machine: what only the bucket has is fetched. Raises BucketAway, OSError."""
        if self.fetcher is None:
            return
        for segment in await self.store.segments_of(recording.card.id):
            folder = self.archive.roots[segment.root] / folders.folder_of(recording.card)
            await self.fetcher.here(recording.card, folder, folders.media_name(segment.number))

    async def thumbnail(self, recording_id: str, scope: Scope) -> list[Path]:
        """Where the still of a recording may lie."""
        recording = await self.find(recording_id, scope)
        place = folders.folder_of(recording.card) / folders.THUMBNAIL
        return [root / place for root in self.archive.roots] if recording.thumbnail else []

    async def find(self, recording_id: str, scope: Scope) -> Recording:
        """The recording, or RecordingUnknown: as soon for one that may not be seen as for one that is not there."""
        held = self._held(recording_id)
        if held is not None and scope.covers(held.recording.card.department):
            return held.recording
        recording = await self.store.find(recording_id, scope)
        if recording is None:
            raise RecordingUnknown
        return recording

    def _held(self, recording_id: str) -> OpenRecording | None:
        return self.archive.by_id.get(recording_id) or self.archive.closed.get(recording_id)

    def _newest(self, recording: Recording) -> Recording:
        held = self._held(recording.card.id)
        return recording if held is None else held.recording

    def _entry(self, recording: Recording) -> RecordingEntry:
        card = recording.card
        chinese, english = self.names.department_names(card.department)
        is_open = recording.state is State.OPEN
        return RecordingEntry(
            recording_id=card.id,
            stream_id=card.stream_id,
            source=card.source,
            terminal_name=self.names.terminal_name(card.source),
            department_code=card.department,
            department_name=chinese,
            department_name_en=english,
            layer="sub" if card.layer == "sub" else "main",
            state=recording.state.value,
            started_utc_us=card.opened_utc_us,
            ended_utc_us=None if is_open else recording.ended_utc_us,
            kept_us=recording.kept_us,
            bytes=recording.bytes,
            gaps=recording.gaps,
            thumbnail_url=f"{API}/{card.id}/thumbnail.jpg" if recording.thumbnail else None,
            playlist_url=f"{API}/{card.id}/playlist.m3u8",
        )


def _segment_entry(segment: Segment) -> SegmentEntry:
    return SegmentEntry(
        number=segment.number,
        utc_us=segment.utc_us,
        duration_us=segment.duration_us,
        bytes=segment.bytes,
        fragments=segment.fragments,
        layer=segment.layer,
        picture=bool(segment.video),
        suspect=segment.suspect,
    )
