"""Writes one recording: fragment, fdatasync, index line, fdatasync, and only then is it announced."""

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.announcements import (
    Announcement,
    FragmentSynced,
    GapWritten,
    RecordingFinished,
    SegmentFailed,
    SegmentOpened,
    WritingResumed,
    WritingStopped,
)
from dispatch_server.archive.disk import AppendFile, Disk
from dispatch_server.archive.model import Card
from dispatch_server.kit.guard import isolating
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.media.recording.lines import Lines, fragment_of, head_of
from dispatch_server.media.recording.losses import Losses
from dispatch_server.protocol.footage import GENESIS

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL, DISK_ERROR, FAULT = "disk full", "disk error", "writer fault"

Announce = Callable[[Sequence[Announcement]], None]
Failure = Callable[[Exception], None]


@dataclass(slots=True)
class _OpenSegment:
    root: int
    folder: Path
    number: int
    media: AppendFile
    index: AppendFile
    media_bytes: int = 0  # announced length of either file: what lies behind counts for nothing
    index_bytes: int = 0


class RecordingWriter:
    """
    All of one recording's files. Used by one thread at a time; `has_room` tells of each root whether to fill it.

    A fault of our own costs the segment and the fragments that it met, with a gap to say so; `on_fault` hears of it.
    """

    def __init__(
        self,
        card: Card,
        roots: Sequence[Path],
        disk: Disk,
        has_room: Callable[[int], bool],
        announce: Announce,
        on_fault: Failure = lambda error: None,
    ) -> None:
        self._card = card
        self._roots = roots
        self._disk = disk
        self._has_room = has_room
        self._announce = announce
        self._on_fault = on_fault
        self._root = 0
        self._folders: dict[int, Path] = {}  # by root, those that hold our card
        self._begin: BeginSegment | None = None
        self._open: _OpenSegment | None = None
        self._losses = Losses()
        self._chain = GENESIS
        self._fragments = 0
        self._segments = 0

    def process(self, jobs: Sequence[Job]) -> None:
        """Fragments that wait together are made durable together."""
        batch: list[KeepFragment] = []
        for job in jobs:
            if isinstance(job, KeepFragment):
                batch.append(job)
                continue
            self._keep_guarded(batch)
            batch = []
            match job:
                case BeginSegment():
                    self._end_segment()
                    self._begin = job
                case DeclareGap():
                    self._losses.declare(job)
                case CloseRecording():
                    self._close(job)
        self._keep_guarded(batch)

    def _keep_guarded(self, jobs: list[KeepFragment]) -> None:
        isolating(self._keep, partial(self._faulted, jobs))(jobs)

    def _faulted(self, jobs: list[KeepFragment], error: Exception) -> None:
        """What was half written counts for nothing, and what comes next goes into another segment."""
        self._fail(FAULT)
        if jobs:
            self._losses.stop(jobs[0].utc_us, FAULT)
        self._on_fault(error)

    def _keep(self, jobs: list[KeepFragment]) -> None:
        """Write them, elsewhere if need be; what no folder takes is lost, and a gap says so."""
        jobs = self._losses.usable(self._begin, jobs)
        if not jobs or self._begin is None:
            return
        reason = DISK_FULL
        for _ in range(2 * len(self._roots)):
            if not self._has_room(self._root):
                self._end_segment()
                self._root = (self._root + 1) % len(self._roots)
                continue
            try:
                self._write(self._begin, jobs)
            except OSError as error:
                reason = DISK_FULL if error.errno in FULL else DISK_ERROR
                self._fail(reason)
            else:
                return
        if self._losses.stop(jobs[0].utc_us, reason):
            self._announce([WritingStopped(self._card.id, reason, reason == DISK_FULL)])

    def _write(self, begin: BeginSegment, jobs: list[KeepFragment]) -> None:
        lines, events = Lines(self._chain), list[Announcement]()
        segment = self._open or self._create()
        media_bytes = segment.media_bytes
        if media_bytes == 0:
            media_bytes = self._write_head(segment, begin, jobs[0].utc_us, lines, events)
        for number, job in enumerate(jobs, self._fragments + 1):
            entry, data = fragment_of(begin, job, number, media_bytes)
            segment.media.append(data)
            digest = lines.add(entry, data)
            events.append(FragmentSynced(self._card.id, segment.number, entry, digest))
            media_bytes += len(data)
        segment.media.sync()
        segment.index.append(lines.data)
        segment.index.sync()
        if segment.media_bytes == 0:
            self._disk.sync_folder(segment.folder)
            self._losses.cleared()
        segment.media_bytes, segment.index_bytes = media_bytes, segment.index_bytes + len(lines.data)
        self._chain, self._fragments = lines.chain, self._fragments + len(jobs)
        self._announce(events)

    def _create(self) -> _OpenSegment:
        folder = self._folder()
        self._segments += 1
        number = self._segments
        media = self._disk.create(folder / folders.media_name(number))
        try:
            index = self._disk.create(folder / folders.index_name(number))
        except OSError:
            media.close()
            with suppress(OSError):
                self._disk.remove(folder / folders.media_name(number))
            raise
        self._open = _OpenSegment(self._root, folder, number, media, index)
        return self._open

    def _write_head(
        self, segment: _OpenSegment, begin: BeginSegment, utc_us: int, lines: Lines, events: list[Announcement]
    ) -> int:
        """The initialisation part, the index's first line, and the gaps before it."""
        name = folders.media_name(segment.number)
        head, data = head_of(begin, self._card.id, segment.number, name, utc_us, lines.chain)
        segment.media.append(data)
        lines.add(head, data)
        events.append(SegmentOpened(self._card.id, segment.root, head))
        if self._losses.writing_stopped:
            events.append(WritingResumed(self._card.id))
        for gap in self._losses.before(utc_us):
            lines.add(gap)
            events.append(GapWritten(self._card.id, segment.number, gap))
        return len(data)

    def _folder(self) -> Path:
        """This recording's folder in the present root, made with its card when it is new."""
        folder = self._folders.get(self._root)
        if folder is None:
            folder = self._roots[self._root] / folders.folder_of(self._card)
            self._disk.make_folder(folder)
            self._disk.write_whole(folder / folders.CARD, folders.write_card(self._card))
            self._folders[self._root] = folder
        return folder

    def _fail(self, reason: str) -> None:
        """Leave the file. After a full disk its announced part is sound; after any other error it is suspect."""
        segment, self._open = self._open, None
        if segment is not None:
            segment_events = self._abandon(segment, reason)
            self._announce(segment_events)
        self._root = (self._root + 1) % len(self._roots)

    def _abandon(self, segment: _OpenSegment, reason: str) -> list[Announcement]:
        empty = segment.media_bytes == 0
        with suppress(OSError):
            if reason == DISK_FULL and not empty:
                segment.index.cut(segment.index_bytes)
                segment.media.cut(segment.media_bytes)
        for file in (segment.media, segment.index):
            with suppress(OSError):
                file.close()
        with suppress(OSError):
            if empty:
                self._disk.remove(segment.folder / folders.index_name(segment.number))
                self._disk.remove(segment.folder / folders.media_name(segment.number))
            elif reason != DISK_FULL:
                self._disk.write_whole(segment.folder / folders.suspect_name(segment.number), b"")
        if reason == DISK_FULL:
            return []
        return [SegmentFailed(self._card.id, segment.number, segment.root, reason)]

    def _end_segment(self) -> None:
        segment, self._open = self._open, None
        if segment is not None:
            for file in (segment.media, segment.index):
                with suppress(OSError):  # all that counts is synced already
                    file.close()

    def _close(self, job: CloseRecording) -> None:
        self._end_segment()
        missing_us = self._losses.missing_from_us()
        end = folders.End(job.utc_us, job.reason, self._fragments, self._chain.hex(), missing_us)
        for folder in self._folders.values():
            isolating(self._write_end, partial(self._faulted, []))(folder, end)
        self._announce([RecordingFinished(self._card.id, job.utc_us, job.reason, end.fragments, end.chain)])

    def _write_end(self, folder: Path, end: folders.End) -> None:
        try:
            self._disk.write_whole(folder / folders.END, folders.write_end(end))
        except OSError:
            self._announce([WritingStopped(self._card.id, DISK_ERROR, False)])
