"""An upload's life, the segments of a master as its terminal announces them, and what is told of both."""

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable
from dispatch_server.protocol.masters import Receipt


class UploadState(StrEnum):
    RECEIVING = "receiving"
    WHOLE = "whole"  # every byte is here and durable; it is looked into next, also after a crash
    KEPT = "kept"  # its content lies in the archive, and there is a receipt
    REJECTED = "rejected"  # its content is not what its index says
    GONE = "gone"  # its terminal gave it up, or it was not heard of for too long


class UploadHappening(StrEnum):
    FILL = "fill"
    KEEP = "keep"
    REJECT = "reject"
    DROP = "drop"


UPLOAD_LIFE = StateTable(
    first=UploadState.RECEIVING,
    moves={
        (UploadState.RECEIVING, UploadHappening.FILL): UploadState.WHOLE,
        (UploadState.WHOLE, UploadHappening.KEEP): UploadState.KEPT,
        (UploadState.WHOLE, UploadHappening.REJECT): UploadState.REJECTED,
        (UploadState.RECEIVING, UploadHappening.DROP): UploadState.GONE,
        (UploadState.WHOLE, UploadHappening.DROP): UploadState.GONE,
    },
    final=frozenset({UploadState.KEPT, UploadState.REJECTED, UploadState.GONE}),
)


@dataclass(slots=True)
class Upload:
    """`offset`: so many bytes survive a power cut; no more than that is ever announced."""

    id: str
    terminal: str
    recording: str
    segment: int
    length: int
    expires_utc_us: int
    offset: int = 0
    state: UploadState = UPLOAD_LIFE.first
    busy: bool = False  # somebody is adding to it, or looking into it

    def after(self, happening: UploadHappening) -> None:
        """Raises IllegalTransition."""
        self.state = UPLOAD_LIFE.after(self.state, happening)


@dataclass(frozen=True, slots=True)
class AnnouncedSegment:
    """What a terminal's index says of one segment. `bytes`: of the plain file; `sealed_bytes`: of what is uploaded."""

    recording: str
    number: int
    index_digest: str  # of the index file, hex
    chain: str  # of its last line, hex
    bytes: int
    sealed_bytes: int
    from_utc_us: int
    to_utc_us: int
    last_fragment: int  # counted through the whole recording
    gaps: int = 0
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRegistered(Event):
    recording_id: str
    source: str
    enforcement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBackfilled(Event):
    """A master's segment lies in the archive, durable and checked, and its terminal has a receipt for it."""

    recording_id: str
    source: str
    number: int
    from_utc_us: int
    to_utc_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRejected(Event):
    """What came is not what its index says; the terminal still has its copy."""

    recording_id: str
    source: str
    number: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterEnded(Event):
    """Nothing more is added to it: its terminal sealed it, or was not heard of for too long (`is_sealed` false)."""

    recording_id: str
    source: str
    is_sealed: bool
    reason: str


@dataclass(slots=True)
class UploadCounters:
    bytes_received: int = 0
    segments_kept: int = 0
    repeated: int = 0  # the same segment again
    rejected: int = 0
    contradicted: int = 0  # another content under a number that is taken
    damaged: int = 0  # chunks with a wrong checksum
    refused: dict[str, int] = field(default_factory=dict)  # by code, over a bound
    swept: int = 0
    disk_faults: int = 0
