"""The lives of a hold and of a destruction list, and what is told about them."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable


class HoldState(StrEnum):
    STANDING = "standing"
    RELEASE_ASKED = "release asked"  # by one person; it stands until another one confirms
    RELEASED = "released"
    OVER = "over"  # its time, which it was given at the beginning, has come


class HoldSaid(StrEnum):
    ASK_RELEASE = "ask release"
    WITHDRAW_RELEASE = "withdraw release"
    CONFIRM_RELEASE = "confirm release"
    RUN_OUT = "run out"


HOLD_LIFE = StateTable(
    first=HoldState.STANDING,
    moves={
        (HoldState.STANDING, HoldSaid.ASK_RELEASE): HoldState.RELEASE_ASKED,
        (HoldState.RELEASE_ASKED, HoldSaid.WITHDRAW_RELEASE): HoldState.STANDING,
        (HoldState.RELEASE_ASKED, HoldSaid.CONFIRM_RELEASE): HoldState.RELEASED,
        (HoldState.STANDING, HoldSaid.RUN_OUT): HoldState.OVER,
        (HoldState.RELEASE_ASKED, HoldSaid.RUN_OUT): HoldState.OVER,
    },
    final=frozenset({HoldState.RELEASED, HoldState.OVER}),
)
HOLDING = frozenset({HoldState.STANDING, HoldState.RELEASE_ASKED})


class ListState(StrEnum):
    LISTED = "listed"
    APPROVED_ONCE = "approved by one"
    APPROVED_TWICE = "approved by two"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


class ListSaid(StrEnum):
    APPROVE = "approve"
    WAIT = "wait"
    PURGE = "purge"
    STOP = "stop"


LIST_LIFE = StateTable(
    first=ListState.LISTED,
    moves={
        (ListState.LISTED, ListSaid.APPROVE): ListState.APPROVED_ONCE,
        (ListState.APPROVED_ONCE, ListSaid.APPROVE): ListState.APPROVED_TWICE,
        (ListState.APPROVED_TWICE, ListSaid.WAIT): ListState.WAITING,
        (ListState.WAITING, ListSaid.PURGE): ListState.DONE,
        (ListState.LISTED, ListSaid.STOP): ListState.STOPPED,
        (ListState.APPROVED_ONCE, ListSaid.STOP): ListState.STOPPED,
        (ListState.APPROVED_TWICE, ListSaid.STOP): ListState.STOPPED,
        (ListState.WAITING, ListSaid.STOP): ListState.STOPPED,
    },
    final=frozenset({ListState.DONE, ListState.STOPPED}),
)


class ItemState(StrEnum):
    LISTED = "listed"
    TAKEN_OFF = "taken off"
    PURGING = "purging"  # decided for good; its files are being removed
    PURGED = "purged"


ITEM_LIFE = StateTable(
    first=ItemState.LISTED,
    moves={
        (ItemState.LISTED, "take off"): ItemState.TAKEN_OFF,
        (ItemState.LISTED, "begin"): ItemState.PURGING,
        (ItemState.PURGING, "end"): ItemState.PURGED,
    },
    final=frozenset({ItemState.TAKEN_OFF, ItemState.PURGED}),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who said something, as it is kept with what was said: names and roles change later."""

    id: str
    name: str
    roles: tuple[str, ...] = ()


SYSTEM = Person("system", "retention")


@dataclass(frozen=True, slots=True)
class Hold:
    """
    An order not to destroy. `until_utc_us`: None is until somebody releases it. `case_id`: it is over all footage of
    that case, also what comes into it later; empty: over what was named, and nothing else.
    """

    id: str
    reason: str
    placed_by: Person
    placed_utc_us: int
    until_utc_us: int | None
    state: HoldState = HOLD_LIFE.first
    recordings: int = 0
    asked_by: Person | None = None
    ask_reason: str = ""
    ended_by: Person | None = None
    ended_utc_us: int = 0
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    by: Person
    utc_us: int


@dataclass(frozen=True, slots=True)
class DestructionList:
    """All of it lies in one department. `policy` is the digest of the file by which it was made."""

    id: str
    department: str
    made_by: Person
    made_utc_us: int
    reason: str
    policy: str
    state: ListState = LIST_LIFE.first
    first: Approval | None = None
    second: Approval | None = None
    purge_utc_us: int = 0  # not before
    ended_by: Person | None = None
    ended_utc_us: int = 0
    end_reason: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One recording on a list."""

    list_id: str
    recording_id: str
    department: str
    source: str
    opened_utc_us: int
    bytes: int
    rule: str
    until_utc_us: int
    state: ItemState = ITEM_LIFE.first
    reason: str = ""  # why it was taken off
    purged_utc_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsChanged(Event):
    """Of these recordings; `held` says whether something holds them now."""

    recording_ids: tuple[str, ...]
    hold_id: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionChanged(Event):
    list_id: str
    department: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPurged(Event):
    """Its media are gone, and its tombstone stands."""

    recording_id: str
    department: str
    source: str
    list_id: str
    rule: str
