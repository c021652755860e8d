"""One recording that is open: its recorder, what it has kept so far, and what of that is not in the database yet."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.archive.announcements import FragmentSynced, SegmentOpened
from dispatch_server.archive.model import Part, Recording, Segment
from dispatch_server.archive.playlist import Grouping, Playable
from dispatch_server.archive.pool import Lane
from dispatch_server.media.recording.recorder import Recorder


@dataclass(slots=True)
class OpenRecording:
    recording: Recording
    recorder: Recorder
    lane: Lane
    since: float  # monotonic
    release: Callable[[], None] = lambda: None
    segment: Segment | None = None
    grouping: Grouping = field(default_factory=Grouping)
    finished: dict[int, Segment] = field(default_factory=dict)  # ended, and not in the database yet
    kept: float | None = None  # when a fragment was kept last
    changed: bool = True
    stopped: bool = False  # no folder takes anything
    slow: int = 0  # fragments that had found no room in the queue when we looked last
    slow_told: bool = False

    @property
    def id(self) -> str:
        return self.recording.card.id

    def segment_opened(self, event: SegmentOpened) -> None:
        self.end_segment()
        self.segment = Segment.begun(event.head, event.root)
        self.grouping = Grouping()
        self.changed = True

    def fragment_synced(self, event: FragmentSynced, now: float) -> None:
        self.kept = now
        self.changed = True
        self.recording.add(event.entry)
        if self.segment is not None and self.segment.number == event.segment:
            self.segment.add(event.entry)
            self.grouping.add(event.entry)

    def end_segment(self) -> None:
        segment, self.segment = self.segment, None
        if segment is not None:
            segment.parts = self.grouping.all()
            self.finished[segment.number] = segment

    def quiet_s(self, now: float) -> float:
        """For how long nothing was kept."""
        return now - (self.since if self.kept is None else self.kept)

    def unsaved_segments(self) -> list[Segment]:
        now = [self.segment] if self.segment is not None else []
        return [*self.finished.values(), *now]

    def playables(self) -> dict[int, Playable]:
        """What the database does not have yet; of the segment that is written, the parts that are whole."""
        found = {number: playable(segment) for number, segment in self.finished.items()}
        if self.segment is not None:
            found[self.segment.number] = playable(self.segment, tuple(self.grouping.parts))
        return found


def playable(segment: Segment, parts: tuple[Part, ...] | None = None) -> Playable:
    chosen = segment.parts if parts is None else parts
    return Playable(segment.number, segment.init_bytes, bool(segment.video), chosen)
