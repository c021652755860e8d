"""The life of a recording, what it consists of, and what is told about it."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.states import StateTable
from dispatch_server.protocol.footage import FragmentEntry, GapEntry, SegmentHead


class State(StrEnum):
    OPEN = "open"
    CLOSED = "closed"  # nothing is added any more; its chain is not signed yet
    SEALED = "sealed"
    HELD = "held"
    PURGED = "purged"


class Happening(StrEnum):
    CLOSE = "close"
    SEAL = "seal"
    HOLD = "hold"
    RELEASE = "release"
    PURGE = "purge"


LIFE = StateTable(
    first=State.OPEN,
    moves={
        (State.OPEN, Happening.CLOSE): State.CLOSED,
        (State.CLOSED, Happening.SEAL): State.SEALED,
        (State.SEALED, Happening.HOLD): State.HELD,
        (State.HELD, Happening.RELEASE): State.SEALED,
        (State.SEALED, Happening.PURGE): State.PURGED,
    },
    final=frozenset({State.PURGED}),
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a recording says of itself, in its folder and in the database."""

    id: str
    stream_id: str
    source: str
    department: str
    opened_utc_us: int


@dataclass(slots=True)
class Segment:
    """One file of a recording. `suspect`: the disk failed while it was written; only what its index says counts."""

    recording_id: str
    number: int
    root: int  # which of the archive's folders
    utc_us: int
    video: str
    sound: str
    layer: str
    duration_us: int = 0
    bytes: int = 0
    fragments: int = 0
    suspect: bool = False


@dataclass(slots=True)
class Recording:
    """The kept form of one stream."""

    card: Card
    state: State = LIFE.first
    ended_utc_us: int = 0  # of what was kept so far
    bytes: int = 0
    fragments: int = 0
    gap_us: int = 0  # declared absence in between
    closed_utc_us: int | None = None
    reason: str = ""

    def close(self, utc_us: int, reason: str) -> None:
        self.state = LIFE.after(self.state, Happening.CLOSE)
        self.closed_utc_us, self.reason = utc_us, reason


@dataclass(frozen=True, slots=True)
class SegmentOpened:
    recording_id: str
    root: int
    head: SegmentHead


@dataclass(frozen=True, slots=True)
class FragmentKept:
    """The fragment and its index line are on the disk, and survive a power cut."""

    recording_id: str
    segment: int
    entry: FragmentEntry


@dataclass(frozen=True, slots=True)
class GapDeclared:
    recording_id: str
    segment: int
    gap: GapEntry


@dataclass(frozen=True, slots=True)
class SegmentSuspected:
    """The disk failed; recording goes on in another file."""

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
class RecordingClosed:
    recording_id: str
    utc_us: int
    reason: str
    fragments: int
    chain: str


WriterEvent = (
    SegmentOpened | FragmentKept | GapDeclared | SegmentSuspected | WritingStopped | WritingResumed | RecordingClosed
)
