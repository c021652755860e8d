"""Writes one recording: fragment, fdatasync, index line, fdatasync, and only then is it announced."""

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
from dispatch_server.media.recording import fmp4
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    FORMAT,
    GENESIS,
    Entry,
    FragmentEntry,
    GapEntry,
    SegmentHead,
    canonical,
    prove,
)

ALGORITHM = "sha-256"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL, DISK_ERROR = "disk full", "disk error"
SOUND_CODEC = "opus"

Announce = Callable[[Sequence[Announcement]], None]


@dataclass(slots=True)
class _OpenSegment:
    root: int
    folder: Path
    number: int
    media: AppendFile
    index: AppendFile
    media_bytes: int = 0  # announced length of either file: what lies behind counts for nothing
    index_bytes: int = 0


class _Batch:
    """Index lines in the making; nothing of it counts before both files are synced."""

    def __init__(self, chain: bytes) -> None:
        self.chain = chain
        self.lines: list[bytes] = []
        self.events: list[Announcement] = []

    def add(self, entry: Entry, described: bytes) -> bytes:
        """The digest of what the entry describes."""
        metadata, hash_bytes = canonical(entry), ALGORITHMS[ALGORITHM]
        digest = hash_bytes(described)
        self.chain = hash_bytes(self.chain + digest + metadata)
        self.lines.append(prove(metadata, digest, self.chain))
        return digest


class RecordingWriter:
    """All of one recording's files. Used by one thread at a time; `has_room` tells of each root whether to fill it."""

    def __init__(
        self, card: Card, roots: Sequence[Path], disk: Disk, has_room: Callable[[int], bool], announce: Announce
    ) -> None:
        self._card = card
        self._roots = roots
        self._disk = disk
        self._has_room = has_room
        self._announce = announce
        self._root = 0
        self._folders: dict[int, Path] = {}  # by root, those that hold our card
        self._begin: BeginSegment | None = None
        self._open: _OpenSegment | None = None
        self._gaps: list[GapEntry] = []
        self._chain = GENESIS
        self._fragments = 0
        self._segments = 0
        self._lost: tuple[int, str] | None = None  # since when and why nothing can be written

    def process(self, jobs: Sequence[Job]) -> None:
        """Fragments that wait together are made durable together."""
        batch: list[KeepFragment] = []
        for job in jobs:
            if isinstance(job, KeepFragment):
                batch.append(job)
                continue
            self._keep(batch)
            batch = []
            match job:
                case BeginSegment():
                    self._end_segment()
                    self._begin = job
                case DeclareGap():
                    self._declare(job)
                case CloseRecording():
                    self._close(job)
        self._keep(batch)

    def _declare(self, job: DeclareGap) -> None:
        """A gap goes on when nothing was kept since the last one."""
        last = self._gaps[-1] if self._gaps else None
        from_us = job.from_utc_us
        if last is not None and (last.to_utc_us, last.reason) == (from_us, job.reason):
            from_us = self._gaps.pop().from_utc_us
        self._gaps.append(GapEntry(from_us, job.to_utc_us, job.reason))

    def _keep(self, jobs: list[KeepFragment]) -> None:
        """Write them, elsewhere if need be; what no folder takes is lost, and a gap says so."""
        jobs = self._usable(jobs)
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
        if self._lost is None:
            self._lost = (jobs[0].utc_us, reason)
            self._announce([WritingStopped(self._card.id, reason, reason == DISK_FULL)])

    def _usable(self, jobs: list[KeepFragment]) -> list[KeepFragment]:
        """After a loss only a key frame, or sound alone, can be gone on with."""
        if self._lost is None or self._begin is None or self._begin.parameter_sets is None:
            return jobs
        return jobs[next((n for n, job in enumerate(jobs) if job.key), len(jobs)) :]

    def _write(self, begin: BeginSegment, jobs: list[KeepFragment]) -> None:
        batch = _Batch(self._chain)
        segment = self._open or self._create()
        media_bytes = segment.media_bytes
        if media_bytes == 0:
            media_bytes = self._write_head(segment, begin, jobs[0].utc_us, batch)
        for number, job in enumerate(jobs, self._fragments + 1):
            data = fmp4.fragment(number, job.video, job.sound, _picture_utc_us(begin, job))
            segment.media.append(data)
            entry = FragmentEntry(
                number, media_bytes, len(data), job.utc_us, job.duration_us, job.key,
                _count(job.video), _count(job.sound) - job.filled, job.filled, job.lost,
            )  # fmt: skip
            digest = batch.add(entry, data)
            batch.events.append(FragmentSynced(self._card.id, segment.number, entry, digest))
            media_bytes += len(data)
        lines = b"".join(batch.lines)
        segment.media.sync()
        segment.index.append(lines)
        segment.index.sync()
        if segment.media_bytes == 0:
            self._disk.sync_folder(segment.folder)
            self._gaps, self._lost = [], None
        segment.media_bytes, segment.index_bytes = media_bytes, segment.index_bytes + len(lines)
        self._chain, self._fragments = batch.chain, self._fragments + len(jobs)
        self._announce(batch.events)

    def _create(self) -> _OpenSegment:
        folder = self._folder()
        self._segments += 1
        number = self._segments
        media = self._disk.create(folder / folders.media_name(number))
        try:
            index = self._disk.create(folder / folders.index_name(number))
        except OSError:
            media.close()
            raise
        self._open = _OpenSegment(self._root, folder, number, media, index)
        return self._open

    def _write_head(self, segment: _OpenSegment, begin: BeginSegment, utc_us: int, batch: _Batch) -> int:
        """The initialisation part, the index's first line, and the gaps before it."""
        sets = begin.parameter_sets
        data = fmp4.init_segment(sets, True, utc_us)
        video = f"avc1.{sets[0][1:4].hex()}" if sets is not None else ""
        head = SegmentHead(
            FORMAT, ALGORITHM, self._card.id, segment.number, folders.media_name(segment.number), len(data),
            utc_us, video, SOUND_CODEC, begin.layer, batch.chain.hex(),
        )  # fmt: skip
        segment.media.append(data)
        batch.add(head, data)
        batch.events.append(SegmentOpened(self._card.id, segment.root, head))
        gaps = list(self._gaps)
        if self._lost is not None:
            gaps.append(GapEntry(self._lost[0], utc_us, self._lost[1]))
            batch.events.append(WritingResumed(self._card.id))
        for gap in gaps:
            batch.add(gap, b"")
            batch.events.append(GapWritten(self._card.id, segment.number, gap))
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
        missing = [gap.from_utc_us for gap in self._gaps]
        missing += [self._lost[0]] if self._lost is not None else []
        end = folders.End(job.utc_us, job.reason, self._fragments, self._chain.hex(), min(missing, default=0))
        for folder in self._folders.values():
            try:
                self._disk.write_whole(folder / folders.END, folders.write_end(end))
            except OSError:
                self._announce([WritingStopped(self._card.id, DISK_ERROR, False)])
        self._announce([RecordingFinished(self._card.id, job.utc_us, job.reason, end.fragments, end.chain)])


def _count(run: fmp4.Run | None) -> int:
    return len(run.samples) if run is not None else 0


def _picture_utc_us(begin: BeginSegment, job: KeepFragment) -> int | None:
    """Server UTC of the first picture, from its place in the segment."""
    if job.video is None:
        return None
    return begin.utc_us + job.video.base * 1_000_000 // fmp4.VIDEO_RATE
