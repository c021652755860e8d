"""Records every stream that is live, one recording each, and tells what becomes of them. Lives on the loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dispatch_server.archive.active import OpenRecording
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
from dispatch_server.archive.disk import Disk
from dispatch_server.archive.limits import ArchiveLimits
from dispatch_server.archive.local_keeping import LocalKeeping
from dispatch_server.archive.model import (
    Card,
    FragmentKept,
    Recording,
    RecordingBegun,
    RecordingClosed,
    Trouble,
    TroubleChanged,
)
from dispatch_server.archive.pool import WriterPool
from dispatch_server.archive.ports import BusPort, FramePort, WorldPort
from dispatch_server.archive.space import SpaceWatch
from dispatch_server.archive.writer import RecordingWriter
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.recorder import Recorder

LOST = "publisher lost"


@dataclass(slots=True)
class Wanted:
    """A stream that is to be recorded."""

    source: str
    department: str
    live: bool
    since: float
    alarmed: bool = False


@dataclass(slots=True)
class ArchiveCounters:
    recordings_refused: int = 0  # as many are open as the limits allow
    recordings_without_room: int = 0
    writer_faults: int = 0
    fragments_kept: int = 0
    bytes_kept: int = 0
    unsaved_dropped: int = 0


@dataclass(slots=True)
class ArchiveService:
    """`tell_loop` runs a callback on the loop from any thread."""

    frames: FramePort
    bus: BusPort
    world: WorldPort
    limits: ArchiveLimits
    roots: Sequence[Path]
    layers: tuple[Layer, ...]
    disk: Disk
    pool: WriterPool
    space: SpaceWatch
    tell_loop: Callable[[Callable[[], None]], object]
    wanted: dict[str, Wanted] = field(default_factory=dict)
    of_stream: dict[str, OpenRecording] = field(default_factory=dict)  # of the first layer
    beside: dict[str, list[OpenRecording]] = field(default_factory=dict)  # of the other layers
    by_id: dict[str, OpenRecording] = field(default_factory=dict)  # with those that are still being closed
    closed: dict[str, OpenRecording] = field(default_factory=dict)  # not in the database yet
    local: LocalKeeping = field(default_factory=LocalKeeping)
    counters: ArchiveCounters = field(default_factory=ArchiveCounters)

    # What is told of streams.

    def stream_started(self, stream_id: str, source: str, department: str, utc_us: int) -> None:
        self.wanted[stream_id] = Wanted(source, department, True, self.world.monotonic())
        self.begin(stream_id, utc_us)

    def stream_lost(self, stream_id: str, utc_us: int) -> None:
        """What came is kept at once; when the publisher comes back the recording goes on, with the gap declared."""
        wanted = self.wanted.get(stream_id)
        if wanted is not None:
            wanted.live = False
            self._not_recorded(stream_id, wanted, False, "")
        for found in self._of(stream_id):
            found.recorder.lost(LOST)

    def stream_resumed(self, stream_id: str, source: str, department: str, utc_us: int) -> None:
        wanted = self.wanted.get(stream_id)
        if wanted is None:  # it went live before this server was started
            self.stream_started(stream_id, source, department, utc_us)
            return
        wanted.live, wanted.since = True, self.world.monotonic()
        self.begin(stream_id, utc_us)

    def stream_ended(self, stream_id: str, utc_us: int, reason: str) -> None:
        wanted = self.wanted.pop(stream_id, None)
        if wanted is not None:
            self._not_recorded(stream_id, wanted, False, "")
            self._keep_local(wanted.source, False)
        ended = self._of(stream_id)
        self.of_stream.pop(stream_id, None)
        self.beside.pop(stream_id, None)
        for found in ended:
            found.release()
            found.recorder.close(utc_us, reason)

    # What is asked.

    def is_recording(self, stream_id: str) -> bool:
        """Whether something of it was kept a moment ago, or it has just begun."""
        found = self.of_stream.get(stream_id)
        return found is not None and not found.stopped and found.quiet_s(self.world.monotonic()) < self.limits.silent_s

    def begin(self, stream_id: str, utc_us: int) -> None:
        """Open what a wanted stream lacks of its recordings, unless there are too many or the disk forbids it."""
        if stream_id not in self.of_stream:
            found = self._open(stream_id, self.layers[0], utc_us)
            if found is not None:
                self.of_stream[stream_id] = found
        beside = self.beside.setdefault(stream_id, [])
        for layer in self.layers[1 + len(beside) :]:
            found = self._open(stream_id, layer, utc_us)
            if found is None:
                return
            beside.append(found)

    def _open(self, stream_id: str, layer: Layer, utc_us: int) -> OpenRecording | None:
        wanted, first = self.wanted[stream_id], layer is self.layers[0]
        if len(self.by_id) >= self.limits.recordings:
            self.counters.recordings_refused += 1
            return None
        has_room = self.space.may_begin(self.local.is_important(wanted.source))
        self._keep_local(wanted.source, not has_room)
        if not has_room:
            self.counters.recordings_without_room += 1
            return None
        identity = uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES))
        card = Card(identity, stream_id, wanted.source, wanted.department, utc_us, layer.value)
        failed = partial(self._writer_failed, identity)
        writer = RecordingWriter(card, self.roots, self.disk, self.space.has_room, self._from_thread, failed)
        lane = self.pool.open_lane(writer.process, failed)
        # A weak link may leave only the small picture: then the first recording goes on with that.
        layers = (Layer.MAIN, Layer.SUB) if layer is Layer.MAIN and Layer.SUB not in self.layers else (layer,)
        recorder = Recorder(replace(self.limits.recorder, keeps_sound_alone=first), lane.put, layers)
        found = OpenRecording(Recording(card, ended_utc_us=utc_us), recorder, lane, self.world.monotonic())
        self.by_id[identity] = found
        found.release = self.frames.attach_frames(stream_id, recorder, frozenset({*layers, Layer.SOUND}))
        self.bus.publish(
            RecordingBegun(
                identity=self.identity(), utc_us=utc_us, recording_id=identity, stream_id=stream_id, source=card.source
            )
        )
        return found

    def _of(self, stream_id: str) -> list[OpenRecording]:
        first = self.of_stream.get(stream_id)
        return [*([first] if first is not None else []), *self.beside.get(stream_id, ())]

    def reconcile(self) -> None:
        """Compare wanted and actual: begin what should be and is not, and say where nothing is kept."""
        now, utc_us = self.world.monotonic(), self.world.utc_us()
        for stream_id, wanted in list(self.wanted.items()):
            if not wanted.live:
                continue
            self.begin(stream_id, utc_us)
            found = self.of_stream.get(stream_id)
            quiet_s = now - wanted.since
            if found is not None:
                quiet_s = min(quiet_s, found.quiet_s(now))
            if quiet_s > self.limits.silent_s:
                self._not_recorded(stream_id, wanted, True, f"nothing was kept for {quiet_s:.0f} s")
            for one in self._of(stream_id):
                self._tell_slowness(one)

    def close(self, utc_us: int, reason: str) -> None:
        """The server goes down: close everything that is open."""
        for stream_id in {*self.of_stream, *self.beside}:
            self.stream_ended(stream_id, utc_us, reason)

    def identity(self) -> str:
        return uuid7(self.world.utc_us() // 1000, self.world.chance(RANDOM_BYTES))

    def trouble(self, trouble: Trouble, subject: str, begins: bool, detail: str) -> None:
        self.bus.publish(
            TroubleChanged(
                identity=self.identity(),
                utc_us=self.world.utc_us(),
                trouble=trouble,
                subject=subject,
                begins=begins,
                detail=detail,
            )
        )

    # What writers announce.

    def _from_thread(self, events: Sequence[Announcement]) -> None:
        self.tell_loop(partial(self.announced, events))

    def announced(self, events: Sequence[Announcement]) -> None:
        for event in events:
            found = self.by_id.get(event.recording_id)
            if found is None:
                continue
            match event:
                case FragmentSynced():
                    self._kept(found, event)
                case SegmentOpened():
                    found.segment_opened(event)
                case GapWritten():
                    found.recording.gaps += 1
                case SegmentFailed():
                    if found.segment is not None and found.segment.number == event.number:
                        found.segment.suspect = True
                    self.trouble(Trouble.SEGMENT_SUSPECT, found.id, True, f"segment {event.number}: {event.reason}")
                case WritingStopped():
                    found.stopped = True
                    self.trouble(Trouble.WRITING_STOPPED, found.id, True, event.reason)
                    self._keep_local(found.recording.card.source, True)
                case WritingResumed():
                    found.stopped = False
                    self.trouble(Trouble.WRITING_STOPPED, found.id, False, "")
                    self._keep_local(found.recording.card.source, False)
                case RecordingFinished():
                    self._finished(found, event)

    def _kept(self, found: OpenRecording, event: FragmentSynced) -> None:
        found.fragment_synced(event, self.world.monotonic())
        self.counters.fragments_kept += 1
        self.counters.bytes_kept += event.entry.bytes
        stream_id = found.recording.card.stream_id
        wanted = self.wanted.get(stream_id)
        if wanted is not None and wanted.alarmed:
            self._not_recorded(stream_id, wanted, False, "")
        self.bus.publish(
            FragmentKept(
                identity=f"{event.recording_id}/{event.entry.number}",
                utc_us=event.entry.utc_us + event.entry.duration_us,
                recording_id=event.recording_id,
                number=event.entry.number,
                from_utc_us=event.entry.utc_us,
                duration_us=event.entry.duration_us,
            )
        )

    def _finished(self, found: OpenRecording, event: RecordingFinished) -> None:
        found.end_segment()
        found.recording.close(event.utc_us, event.reason)
        found.changed = True
        del self.by_id[found.id]
        if len(self.closed) < self.limits.unsaved:
            self.closed[found.id] = found
        else:
            self.counters.unsaved_dropped += 1  # the folders still say it
        card = found.recording.card
        self.bus.publish(
            RecordingClosed(
                identity=self.identity(),
                utc_us=event.utc_us,
                recording_id=card.id,
                stream_id=card.stream_id,
                source=card.source,
                reason=event.reason,
            )
        )

    def _writer_failed(self, recording_id: str, error: Exception) -> None:
        """On a thread: a fault of our own in one recording's writer."""
        self.counters.writer_faults += 1
        self._from_thread([WritingStopped(recording_id, f"{type(error).__name__}: {error}", False)])

    def _not_recorded(self, stream_id: str, wanted: Wanted, begins: bool, detail: str) -> None:
        if wanted.alarmed is not begins:
            wanted.alarmed = begins
            self.trouble(Trouble.NOT_RECORDED, stream_id, begins, detail)

    def _keep_local(self, source: str, begins: bool) -> None:
        self.local.turn(source, begins, self.bus, self.identity(), self.world.utc_us())

    def _tell_slowness(self, found: OpenRecording) -> None:
        dropped = found.recorder.counters.fragments_dropped
        if (dropped > found.slow) is not (found.slow_told):
            found.slow_told = dropped > found.slow
            self.trouble(Trouble.DISK_SLOW, found.id, found.slow_told, f"{dropped} fragments were lost")
        found.slow = dropped
