"""Writes one master: sealed part, fdatasync, index line, fdatasync, and only then is it announced."""

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from dispatch_server.kit.guard import isolating
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.media.recording.lines import Lines, fragment_of, head_of
from dispatch_server.media.recording.losses import Losses
from dispatch_server.protocol.footage import GENESIS, FragmentEntry
from dispatch_server.protocol.masters import MasterCard, MasterClosing
from dispatch_server.protocol.sealed_footage import SegmentCipher, begin
from terminals.master import folders
from terminals.master.disk import AppendFile, Disk

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
DISK_FULL, DISK_ERROR, FAULT = "disk full", "disk error", "writer fault"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a master goes, and with what. `has_room(bytes)` frees space if need be, and says whether to write."""

    folder: Path
    disk: Disk
    server: X25519PublicKey
    chance: Callable[[int], bytes]
    has_room: Callable[[int], bool]
    announce: Callable[[int, FragmentEntry], None]  # segment and entry: both are on the disk for good
    on_fault: Callable[[Exception], None] = lambda error: None  # of our own: it costs a segment, and a gap says so


@dataclass(slots=True)
class _Open:
    number: int
    media: AppendFile
    index: AppendFile
    cipher: SegmentCipher
    wrapped: bytes
    media_bytes: int = 0  # of the plain file, as announced
    sealed_bytes: int = 0  # announced length of either file: what lies behind counts for nothing
    index_bytes: int = 0
    parts: int = 0


class MasterWriter:
    """All files of one master, used by one thread. Plain bytes are only in memory."""

    def __init__(self, card: MasterCard, place: Place) -> None:
        self.card = card
        self.trouble = ""
        self._place = place
        self._begin: BeginSegment | None = None
        self._open: _Open | None = None
        self._losses = Losses()
        self._chain = GENESIS
        self._fragments = self._segments = 0
        self._is_there = False

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
        self._abandon(FAULT)
        if jobs:
            self._losses.stop(jobs[0].utc_us, FAULT)
        self.trouble = f"{FAULT}: {type(error).__name__}: {error}"
        self._place.on_fault(error)

    def _keep(self, jobs: list[KeepFragment]) -> None:
        """What cannot be written is lost, and a gap says so where writing goes on."""
        jobs = self._losses.usable(self._begin, jobs)
        if not jobs or self._begin is None:
            return
        reason = DISK_FULL
        try:
            if self._place.has_room(sum(job.bytes for job in jobs)):
                self._write(self._begin, jobs)
                return
            self._end_segment()
        except OSError as error:
            reason = DISK_FULL if error.errno in FULL else DISK_ERROR
            self._abandon(reason)
        self.trouble = reason
        self._losses.stop(jobs[0].utc_us, reason)

    def _write(self, asked: BeginSegment, jobs: list[KeepFragment]) -> None:
        lines, entries = Lines(self._chain), list[FragmentEntry]()
        segment = self._open or self._create()
        media_bytes, parts = segment.media_bytes, segment.parts
        sealed = []
        if parts == 0:
            head = self._head(segment, asked, jobs[0].utc_us, lines)
            sealed += [segment.wrapped, segment.cipher.seal(0, head)]
            media_bytes, parts = len(head), 1
        for number, job in enumerate(jobs, self._fragments + 1):
            entry, data = fragment_of(asked, job, number, media_bytes)
            sealed.append(segment.cipher.seal(parts, data))
            lines.add(entry, data)
            entries.append(entry)
            media_bytes, parts = media_bytes + len(data), parts + 1
        together = b"".join(sealed)
        self._make_durable(segment, together, lines.data)
        segment.media_bytes, segment.parts = media_bytes, parts
        segment.sealed_bytes += len(together)
        segment.index_bytes += len(lines.data)
        self._chain, self._fragments = lines.chain, self._fragments + len(jobs)
        for entry in entries:
            self._place.announce(segment.number, entry)

    def _make_durable(self, segment: _Open, sealed: bytes, lines: bytes) -> None:
        """The order is the promise: a line is never on the disk before what it describes."""
        segment.media.append(sealed)
        segment.media.sync()
        segment.index.append(lines)
        segment.index.sync()
        if segment.sealed_bytes == 0:
            self._place.disk.sync_folder(self._place.folder)
            self._losses.cleared()
            self.trouble = ""

    def _create(self) -> _Open:
        place = self._place
        if not self._is_there:
            place.disk.make_folder(place.folder)
            place.disk.write_whole(place.folder / folders.CARD, self.card.model_dump_json(indent=1).encode() + b"\n")
            self._is_there = True
        number = self._segments + 1
        self._clear(number)
        wrapped, cipher = begin(self.card.id, number, place.server, place.chance)
        media = place.disk.create(place.folder / folders.sealed_name(number))
        try:
            index = place.disk.create(place.folder / folders.index_name(number))
        except OSError:
            media.close()
            place.disk.remove(place.folder / folders.sealed_name(number))
            raise
        self._segments = number
        self._open = _Open(number, media, index, cipher, wrapped)
        return self._open

    def _head(self, segment: _Open, asked: BeginSegment, utc_us: int, lines: Lines) -> bytes:
        """The initialisation part, with the index's first line and the gaps before it."""
        # The server keeps it in the plain, under this name.
        file = f"{segment.number:06}.mp4"
        head, data = head_of(asked, self.card.id, segment.number, file, utc_us, lines.chain)
        lines.add(head, data)
        for gap in self._losses.before(utc_us):
            lines.add(gap)
        return data

    def _abandon(self, reason: str) -> None:
        """
        Leave the file, without what was not announced: the next segment follows what was. After a full disk that part
        is sound; after any other error it is suspect.
        """
        segment, self._open = self._open, None
        if segment is None:
            return
        place, is_empty = self._place, segment.sealed_bytes == 0
        with suppress(OSError):
            if not is_empty:  # the media only when its lines are gone: else these would describe nothing
                segment.index.cut(segment.index_bytes)
                segment.media.cut(segment.sealed_bytes)
        for file in (segment.media, segment.index):
            with suppress(OSError):
                file.close()
        if is_empty:
            self._segments = segment.number - 1  # used again: the server takes none without the one before
        with suppress(OSError):
            if is_empty:
                self._clear(segment.number)
            elif reason != DISK_FULL:
                place.disk.write_whole(place.folder / folders.suspect_name(segment.number), b"")

    def _clear(self, number: int) -> None:
        """Nothing of this segment was announced; a disk that failed may have kept it from being removed."""
        for name in (folders.index_name(number), folders.sealed_name(number)):
            if (path := self._place.folder / name).exists():
                self._place.disk.remove(path)

    def _end_segment(self) -> None:
        segment, self._open = self._open, None
        if segment is not None:
            for file in (segment.media, segment.index):
                with suppress(OSError):  # all that counts is synced already
                    file.close()

    def _close(self, job: CloseRecording) -> None:
        """A master of which nothing was kept leaves nothing."""
        self._end_segment()
        if not self._is_there:
            return
        end = MasterClosing(
            closed_utc_us=job.utc_us, reason=job.reason, fragments=self._fragments, chain=self._chain.hex(),
            missing_from_utc_us=self._losses.missing_from_us(),
        )  # fmt: skip
        try:
            path = self._place.folder / folders.END
            self._place.disk.write_whole(path, end.model_dump_json(indent=1).encode() + b"\n")
        except OSError:
            self.trouble = DISK_ERROR  # what is open is closed at the next start
