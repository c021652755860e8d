"""One enforcement in the field: its life, who and what it is about, and what happened in its course."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable

OFFICERS_AT_LEAST = 2  # 行政处罚法 42, 行政强制法 18


class State(StrEnum):
    OPENED = "opened"
    UNDER_WAY = "under_way"
    FINISHED = "finished"
    FILED = "filed"  # the case file has it: nothing changes any more
    CANCELLED = "cancelled"  # opened by mistake


class Happening(StrEnum):
    BEGIN = "begin"
    STEP = "step"
    MARK = "mark"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"
    EXCUSE = "excuse"
    FILE = "file"
    CANCEL = "cancel"


_DURING = (Happening.STEP, Happening.MARK, Happening.PAUSE, Happening.RESUME, Happening.EXCUSE)
# A terminal without a network may hear late that another one finished: what happened before the end is still taken.
_AFTERWARDS = (Happening.STEP, Happening.MARK, Happening.EXCUSE)

LIFE = StateTable(
    first=State.OPENED,
    moves={
        (State.OPENED, Happening.BEGIN): State.UNDER_WAY,
        (State.OPENED, Happening.CANCEL): State.CANCELLED,
        **{(State.UNDER_WAY, one): State.UNDER_WAY for one in _DURING},
        (State.UNDER_WAY, Happening.FINISH): State.FINISHED,
        **{(State.FINISHED, one): State.FINISHED for one in _AFTERWARDS},
        (State.FINISHED, Happening.FILE): State.FILED,
    },
    final=frozenset({State.FILED, State.CANCELLED}),
)


class Kind(StrEnum):
    """What an authority does (执法行为类型)."""

    PENALTY = "penalty"
    LICENSING = "licensing"
    COMPULSION = "compulsion"
    INSPECTION = "inspection"
    EXPROPRIATION = "expropriation"


class Class(StrEnum):
    """Of what is recorded (记录类别)."""

    SCENE = "scene"
    INTERVIEW = "interview"
    CONFIRMATION = "confirmation"


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Trouble(StrEnum):
    """What the check before the start warns of."""

    BATTERY_LOW = "battery_low"
    BATTERY_UNKNOWN = "battery_unknown"
    STORAGE_LOW = "storage_low"
    STORAGE_UNKNOWN = "storage_unknown"
    CLOCK_WRONG = "clock_wrong"
    CLOCK_UNKNOWN = "clock_unknown"


@dataclass(frozen=True, slots=True)
class Party:
    """当事人. Personal data: it stands in no event, no log and no line of the ledger."""

    kind: PartyKind
    name: str = field(repr=False)
    identifier: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """An officer who takes part, as the organisation knew them when it was opened."""

    certificate: str
    name: str
    department: str


@dataclass(frozen=True, slots=True)
class Check:
    """Before the start, as the terminal said; None: not known. `troubles`: what was warned of."""

    battery_percent: float | None = None
    charging: bool | None = None
    storage_free_bytes: int | None = None
    clock_offset_us: int | None = None
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What would have been refused, had it been heard in time; `code` and words of that refusal."""

    code: str
    detail: str


OPENED_LATE = "opened_late"


@dataclass(frozen=True, slots=True)
class Moment:
    """When it happened, when the server took it (both UTC microseconds), and by whom: `terminal:T1301`, `person:ID`."""

    utc_us: int
    received_utc_us: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    id: str
    department: str
    kind: Kind
    item_code: str
    item_version: int
    item_name: str
    members: tuple[Member, ...]
    terminals: tuple[str, ...]
    party: Party
    place: str
    latitude: float | None = None
    longitude: float | None = None
    list_digest: str  # of the recording steps of its day
    opened: Moment
    state: State = LIFE.first
    begun: Moment | None = None
    finished: Moment | None = None
    filed: Moment | None = None
    changed_utc_us: int = 0
    check: Check | None = None
    check_reason: str = ""
    finish_reason: str = ""
    cancel_reason: str = ""
    case_id: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def officers(self) -> tuple[str, ...]:
        """Certificate numbers."""
        return tuple(member.certificate for member in self.members)

    @property
    def opened_utc_us(self) -> int:
        return self.opened.utc_us

    @property
    def begun_utc_us(self) -> int | None:
        return self.begun.utc_us if self.begun is not None else None

    @property
    def finished_utc_us(self) -> int | None:
        return self.finished.utc_us if self.finished is not None else None

    @property
    def filed_utc_us(self) -> int | None:
        return self.filed.utc_us if self.filed is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """`number` counts within the enforcement. The same step may be taken more than once."""

    enforcement_id: str
    number: int
    step: str
    class_: Class
    begun_utc_us: int
    ended_utc_us: int | None = None
    received_utc_us: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """打点: words at a moment."""

    enforcement_id: str
    number: int
    utc_us: int
    received_utc_us: int
    text: str
    important: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is missing meanwhile has this reason. Going on says why, too."""

    enforcement_id: str
    number: int
    from_utc_us: int
    to_utc_us: int | None = None
    reason: str
    resume_reason: str = ""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Why a step is not on record, as somebody stated; the newest of a step counts."""

    enforcement_id: str
    number: int
    step: str
    reason: str
    utc_us: int
    by: str


@dataclass(frozen=True, slots=True)
class Course:
    """An enforcement with everything that happened in it."""

    enforcement: Enforcement
    steps: tuple[StepTaken, ...] = ()
    marks: tuple[Mark, ...] = ()
    pauses: tuple[Pause, ...] = ()
    excuses: tuple[Excuse, ...] = ()

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].to_utc_us is None

    def excused(self) -> Mapping[str, str]:
        """Step → reason."""
        return {one.step: one.reason for one in self.excuses}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementChanged(Event):
    """Read it anew. No word of whom it is about."""

    durable: ClassVar[bool] = True

    enforcement_id: str
    department: str
    state: str
    terminals: tuple[str, ...]
