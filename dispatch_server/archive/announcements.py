"""What a writer tells when it is so: plain data that crosses from a thread to the loop."""

from dataclasses import dataclass

from dispatch_server.protocol.footage import FragmentEntry, GapEntry, SegmentHead


@dataclass(frozen=True, slots=True)
class SegmentOpened:
    recording_id: str
    root: int
    head: SegmentHead


@dataclass(frozen=True, slots=True)
class FragmentSynced:
    """The fragment and its index line survive a power cut."""

    recording_id: str
    segment: int
    entry: FragmentEntry
    digest: bytes


@dataclass(frozen=True, slots=True)
class GapWritten:
    recording_id: str
    segment: int
    gap: GapEntry


@dataclass(frozen=True, slots=True)
class SegmentFailed:
    """The disk failed: what the file holds beyond its announced part is not to be trusted; another one follows."""

    recording_id: str
    number: int
    root: int
    reason: str


@dataclass(frozen=True, slots=True)
class WritingStopped:
    """No folder takes fragments any more; what comes is lost until one does."""

    recording_id: str
    reason: str
    full: bool


@dataclass(frozen=True, slots=True)
class WritingResumed:
    recording_id: str


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    recording_id: str
    utc_us: int
    reason: str
    fragments: int
    chain: str


Announcement = (
    SegmentOpened | FragmentSynced | GapWritten | SegmentFailed | WritingStopped | WritingResumed | RecordingFinished
)
