"""A terminal's life, its keys, and the shifts for which officers carry it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dispatch_server.kit.events import Event
from dispatch_server.kit.states import StateTable

OFFICERS_ON_A_TERMINAL = 2  # enforcement is done by two officers, who may share one device


class State(StrEnum):
    REGISTERED = "registered"
    ENROLLED = "enrolled"
    ONLINE = "online"
    LOST = "lost"
    REVOKED = "revoked"
    RETIRED = "retired"


class Happening(StrEnum):
    ENROL = "enrol"  # a device showed the code and its key
    SEE = "see"  # any sign of life
    MISS = "miss"  # none for longer than is allowed
    REVOKE = "revoke"  # stolen, mislaid or no longer trusted: its key opens nothing any more
    RETIRE = "retire"


_WITH_KEY = (State.ENROLLED, State.ONLINE, State.LOST)

LIFE = StateTable(
    first=State.REGISTERED,
    moves={
        (State.REGISTERED, Happening.ENROL): State.ENROLLED,
        (State.ENROLLED, Happening.SEE): State.ONLINE,
        (State.ONLINE, Happening.MISS): State.LOST,
        (State.LOST, Happening.SEE): State.ONLINE,
        **{(state, Happening.ENROL): State.ENROLLED for state in (*_WITH_KEY, State.REVOKED)},
        **{(state, Happening.REVOKE): State.REVOKED for state in _WITH_KEY},
        **{(state, Happening.RETIRE): State.RETIRED for state in (State.REGISTERED, *_WITH_KEY, State.REVOKED)},
    },
    final=frozenset({State.RETIRED}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalEvent(Event):
    number: str
    department: str  # path


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRegistered(TerminalEvent):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalChanged(TerminalEvent):
    """It was renamed, or belongs to another department now."""

    name: str
    department_before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalEnrolled(TerminalEvent):
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSeen(TerminalEvent):
    """It is online now; told when that begins, not for every sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalLost(TerminalEvent):
    seen_utc_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRevoked(TerminalEvent):
    """Its keys open nothing any more; also when another device took its place, or it was retired."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRetired(TerminalEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftBegun(TerminalEvent):
    officer: str
    ends_utc_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEnded(TerminalEvent):
    officer: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """The public half of the key pair that a device made; the private one never leaves it."""

    id: str
    terminal: str
    thumbprint: str  # RFC 7638, SHA-256
    algorithm: str  # Ed25519 or ES256: the only one that this key signs with (RFC 8725 section 3.1)
    public_jwk: str
    since_utc_us: int
    until_utc_us: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a device says of itself when it enrols."""

    model: str = ""
    serial: str = ""
    system: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Terminal:
    """
    One device's place in the register. `since_utc_us`: of the present state; `revision` grows with every change but
    that of `seen_utc_us`.
    """

    number: str
    name: str
    name_en: str
    department: str  # path
    state: State = LIFE.first
    since_utc_us: int = 0
    registered_utc_us: int = 0
    seen_utc_us: int | None = None
    reason: str = ""  # why it was revoked or retired
    facts: Facts = field(default_factory=Facts)
    revision: int = 1

    def after(self, happening: Happening, utc_us: int, reason: str = "") -> "Terminal":
        """Raises IllegalTransition."""
        state = LIFE.after(self.state, happening)
        return replace(self, state=state, since_utc_us=utc_us, reason=reason[:200])

    def allows(self, happening: Happening) -> bool:
        return LIFE.allows(self.state, happening)


@dataclass(frozen=True, slots=True)
class Shift:
    """An officer carries a terminal from issue to return, to the end of the shift, or of the officer's certificate."""

    id: str
    terminal: str
    officer: str
    officer_name: str
    begun_utc_us: int
    ends_utc_us: int
    issued_by: str
    how: str  # desk, code or pin
    ended_utc_us: int | None = None
    reason: str = ""

    def over(self, utc_us: int) -> bool:
        return self.ended_utc_us is not None or utc_us >= self.ends_utc_us


def next_number(department: str, taken: Iterable[str]) -> str | None:
    """
    The next terminal number of a department: T, its two digits, two more; None when all 99 were given.

    A number is never given twice, not even after its terminal was retired: recordings name it for years.
    """
    prefix = f"T{department[:2] or '00'}"
    used = {int(number[3:]) for number in taken if number.startswith(prefix) and number[3:].isdecimal()}
    free = max(used, default=0) + 1
    return f"{prefix}{free:02d}" if free <= 99 else None
