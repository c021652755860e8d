"""A case file (案卷): its life, how long it is kept, what is linked to it and what each exhibit proves."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable


class State(StrEnum):
    OPENED = "opened"
    FILLED = "filled"  # everything is in it, or it is said why not
    CLOSED = "closed"  # nothing changes in it
    REOPENED = "reopened"


class Happening(StrEnum):
    FILL = "fill"
    CLOSE = "close"
    REOPEN = "reopen"


LIFE = StateTable(
    first=State.OPENED,
    moves={
        (State.OPENED, Happening.FILL): State.FILLED,
        (State.FILLED, Happening.CLOSE): State.CLOSED,
        (State.CLOSED, Happening.REOPEN): State.REOPENED,
        (State.REOPENED, Happening.CLOSE): State.CLOSED,
    },
    final=frozenset(),
)


class PartyKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class KeptFor(StrEnum):
    """The file's retention class (保管期限)."""

    YEARS = "years"
    PERMANENT = "permanent"
    UNTIL = "until"


class Thing(StrEnum):
    """What can be linked to a case."""

    RECORDING = "recording"
    ENFORCEMENT = "enforcement"


@dataclass(frozen=True, slots=True)
class Retention:
    """`years` count from the closing, which a reopening takes back; `until` is the last day."""

    kept_for: KeptFor
    years: int = 0
    until: date | None = None

    def end(self, closed_on: date | None) -> date | None:
        """The last day on which it must be kept; None: no end is known."""
        match self.kept_for:
            case KeptFor.PERMANENT:
                return None
            case KeptFor.UNTIL:
                return self.until
            case KeptFor.YEARS:
                return None if closed_on is None else _years_later(closed_on, self.years)


@dataclass(frozen=True, slots=True)
class Party:
    """当事人. Personal data: it stands in no event, no log and no line of the ledger."""

    kind: PartyKind
    name: str = field(repr=False)
    identifier: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`number` as the county writes it; `officers` by certificate number."""

    id: str
    number: str
    department: str
    year: int
    cause: str
    party: Party
    officers: tuple[str, ...]
    filed_on: date
    decided_on: date | None
    retention: Retention
    state: State = LIFE.first
    opened_utc_us: int
    opened_by: str
    changed_utc_us: int
    closed_on: date | None = None
    filled_reason: str = ""  # why it is filled although something lacks
    version: int = 1

    @property
    def number_key(self) -> str:
        """By which it is unique in its department and year."""
        return normalised(self.number)

    @property
    def is_open(self) -> bool:
        return self.state is not State.CLOSED

    def kept_until(self) -> date | None:
        """None: no end is known. What is not closed is kept."""
        return self.retention.end(self.closed_on) if self.state is State.CLOSED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A withdrawn one stays, with who withdrew it and why."""

    id: str
    case_id: str
    thing: Thing
    thing_id: str
    linked_utc_us: int
    linked_by: str
    withdrawn_utc_us: int | None = None
    withdrawn_by: str = ""
    why: str = ""

    @property
    def stands(self) -> bool:
        return self.withdrawn_utc_us is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A recording, or a time of it, as evidence. Without times it is the whole recording."""

    id: str
    case_id: str
    recording_id: str
    from_utc_us: int | None
    to_utc_us: int | None
    proves: str
    made_utc_us: int
    made_by: str
    withdrawn_utc_us: int | None = None
    withdrawn_by: str = ""
    why: str = ""

    @property
    def stands(self) -> bool:
        return self.withdrawn_utc_us is None


@dataclass(frozen=True, slots=True)
class File:
    """A case with all that was ever linked to it."""

    case: Case
    links: tuple[Link, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()

    def linked(self, thing: Thing) -> list[str]:
        return [one.thing_id for one in self.links if one.stands and one.thing is thing]

    def standing_exhibits(self) -> list[Exhibit]:
        return [one for one in self.exhibits if one.stands]


@dataclass(frozen=True, slots=True)
class CaseLife:
    """What the case files of a recording want: the longest. `until` None: it is kept without a known end."""

    case_ids: tuple[str, ...]
    until: date | None


def longest(cases: list[Case]) -> CaseLife | None:
    """None: no case wants it."""
    if not cases:
        return None
    ends = [one.kept_until() for one in cases]
    known = [one for one in ends if one is not None]
    return CaseLife(tuple(one.id for one in cases), max(known) if len(known) == len(ends) else None)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, or beyond what a date can say
        return date(day.year + years, 3, 1) if day.year + years < date.max.year else date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """Read it anew. No word of whom it is about."""

    durable: ClassVar[bool] = True

    case_id: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLinked(Event):
    """Linked or unlinked: which cases these recordings are in has changed."""

    durable: ClassVar[bool] = True

    case_id: str
    recording_ids: tuple[str, ...]
