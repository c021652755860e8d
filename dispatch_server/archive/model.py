"""The life of a recording, what it consists of, and what is told about it."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable
from dispatch_server.protocol.footage import FragmentEntry, SegmentHead


class Origin(StrEnum):
    """Who kept it: each origin has a chain of its own, because its bytes are its own."""

    SERVER = "server"  # what came over the network
    TERMINAL = "terminal"  # the master, kept on the device whatever the network did, and uploaded


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
    RELEASE_UNSEALED = "release unsealed"  # it was held before its chain was signed
    PURGE = "purge"


LIFE = StateTable(
    first=State.OPEN,
    moves={
        (State.OPEN, Happening.CLOSE): State.CLOSED,
        (State.CLOSED, Happening.SEAL): State.SEALED,
        (State.CLOSED, Happening.HOLD): State.HELD,
        (State.SEALED, Happening.HOLD): State.HELD,
        (State.HELD, Happening.SEAL): State.HELD,
        (State.HELD, Happening.RELEASE): State.SEALED,
        (State.HELD, Happening.RELEASE_UNSEALED): State.CLOSED,
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
    layer: str = "main"  # main may hold the small picture for a while, when a weak link carries no other
    origin: str = Origin.SERVER
    enforcement: str = ""  # of a terminal's master, which begins anew with each enforcement; else found by time
    device_key: str = ""  # of a terminal's master: RFC 7638 thumbprint of the key that seals it
    clock_offset_us: int = 0  # of a terminal's master: its own clock minus the server's, as measured at the opening


@dataclass(frozen=True, slots=True)
class Part:
    """What a player fetches at once: whole fragments that follow each other in one file."""

    offset: int
    bytes: int
    utc_us: int
    duration_us: int


@dataclass(slots=True)
class Segment:
    """One file of a recording. `suspect`: the disk failed while it was written; only what its index says counts."""

    recording_id: str
    number: int
    root: int  # which of the archive's folders
    utc_us: int
    init_bytes: int
    video: str
    sound: str
    layer: str
    duration_us: int = 0
    bytes: int = 0  # what the index announces: the file may be longer, and that counts for nothing
    fragments: int = 0
    suspect: bool = False
    parts: tuple[Part, ...] = ()

    @classmethod
    def begun(cls, head: SegmentHead, root: int) -> "Segment":
        return cls(
            head.recording, head.number, root, head.utc_us, head.bytes, head.video, head.sound, head.layer,
            bytes=head.bytes,
        )  # fmt: skip

    def add(self, entry: FragmentEntry) -> None:
        self.bytes = entry.offset + entry.bytes
        self.fragments += 1
        self.duration_us = max(self.duration_us, entry.utc_us + entry.duration_us - self.utc_us)


@dataclass(slots=True)
class Recording:
    """The kept form of one stream."""

    card: Card
    state: State = LIFE.first
    ended_utc_us: int = 0  # of what was kept so far
    bytes: int = 0
    fragments: int = 0
    kept_us: int = 0
    gaps: int = 0  # declared absences in between
    thumbnail: bool = False
    closed_utc_us: int | None = None
    reason: str = ""

    def add(self, entry: FragmentEntry) -> None:
        self.fragments += 1
        self.bytes += entry.bytes
        self.kept_us += entry.duration_us
        self.ended_utc_us = max(self.ended_utc_us, entry.utc_us + entry.duration_us)

    def close(self, utc_us: int, reason: str) -> None:
        self.state = LIFE.after(self.state, Happening.CLOSE)
        self.closed_utc_us, self.reason = utc_us, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBegun(Event):
    recording_id: str
    stream_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentKept(Event):
    """The fragment and its index line are on the disk, and survive a power cut."""

    recording_id: str
    number: int
    from_utc_us: int
    duration_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingClosed(Event):
    recording_id: str
    stream_id: str
    source: str
    reason: str


class Trouble(StrEnum):
    """What can be wrong here. Each is told when it begins and when it ends."""

    DISK_FILLING = "disk filling"
    DISK_FULL = "disk full"  # no new recording begins
    WRITING_STOPPED = "writing stopped"
    SEGMENT_SUSPECT = "segment suspect"  # has no end
    DISK_SLOW = "disk too slow"
    NOT_COPIED = "not copied"  # the bucket cannot be used, or refuses
    DAMAGED = "damaged"  # bytes that were kept are not what they were
    SEAL_BROKEN = "seal broken"  # what the seal closes was written over
    STAMPS_AWAY = "no time stamps"  # the authority does not answer; seals wait for theirs
    MASTER_CONTRADICTED = "master contradicted"  # a terminal says two things of the same footage; has no end
    NOT_RECORDED = "not recorded"  # a stream is live and nothing of it is kept
    ENFORCEMENT_NOT_RECORDED = "enforcement not recorded"  # neither live nor as a master of its terminal
    CLOCK_DOUBTED = "clock doubted"  # nothing ends by it until it is believed again
    POLICY_CHANGED = "retention policy changed"  # has no end
    POLICY_WRONG = "retention policy wrong"  # or missing: the last one that could be read counts, else nothing ends
    PURGE_FAILS = "purge fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleChanged(Event):
    """For the list of alarms: `subject` is a recording, a stream or a folder's number."""

    trouble: Trouble
    subject: str
    begins: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalKeepingChanged(Event):
    """There is no room here for a source's stream: its terminal is to keep it, until this is over."""

    source: str
    begins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureMarksChanged(Event):
    """What is wrong with a stream's picture now: black, covered, blurred, frozen; none: it is well again."""

    stream_id: str
    source: str
    marks: tuple[str, ...]
