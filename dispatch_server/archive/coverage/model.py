"""What is known of an enforcement's seconds, which recordings are of it, and notes upon them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from dispatch_server.kit.events import Event

ANY = ""  # stands for all terminals of an enforcement together


class Kind(StrEnum):
    LIVE = "live"  # the server kept it as it came
    BACKFILLED = "backfilled"  # the terminal's master has it
    MISSING = "missing"  # for a stated reason, or for one that was found


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment up to the next, in server UTC microseconds; the end does not belong to it."""

    from_utc_us: int
    to_utc_us: int


@dataclass(frozen=True, slots=True)
class Absence:
    """Nothing was kept here, and why."""

    from_utc_us: int
    to_utc_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one kind. `stated`: somebody gave the reason (a pause); others were found by the machine."""

    from_utc_us: int
    to_utc_us: int
    kind: Kind
    reason: str = ""  # of what is missing
    stated: bool = False

    @property
    def length_us(self) -> int:
        return self.to_utc_us - self.from_utc_us


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one terminal, or of ANY: what at least one of them has."""

    enforcement_id: str
    department: str
    source: str
    runs: tuple[Run, ...]
    per_mille: int  # 1000 only when it is complete
    missing_us: int
    stated_us: int  # of what is missing: for a reason that somebody stated
    joined_us: int  # joins between fragments that count as continuous
    is_complete: bool
    computed_utc_us: int = 0

    @property
    def from_utc_us(self) -> int:
        return self.runs[0].from_utc_us if self.runs else 0

    @property
    def to_utc_us(self) -> int:
        return self.runs[-1].to_utc_us if self.runs else 0


@dataclass(frozen=True, slots=True)
class Link:
    """A recording is of an enforcement: by its source and time, or because its master says so."""

    enforcement_id: str
    recording_id: str
    source: str
    origin: str
    department: str  # the recording's


@dataclass(frozen=True, slots=True)
class Note:
    """Words at a moment of a recording. Never edited: withdrawn with a reason, and it stays."""

    id: str
    recording_id: str
    department: str
    utc_us: int
    text: str
    important: bool
    by_id: str
    by_name: str
    made_utc_us: int
    withdrawn_utc_us: int | None = None
    withdrawn_by: str = ""
    withdrawn_reason: str = ""


@dataclass(frozen=True, slots=True)
class PictureFault:
    """What a recording's pictures show to be wrong from here on; no marks: they are well again."""

    recording_id: str
    utc_us: int
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageChanged(Event):
    durable: ClassVar[bool] = True

    enforcement_id: str
    department: str
    per_mille: int
    missing_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(Event):
    durable: ClassVar[bool] = True

    note_id: str
    recording_id: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteWithdrawn(Event):
    durable: ClassVar[bool] = True

    note_id: str
    recording_id: str
    department: str
