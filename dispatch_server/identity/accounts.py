"""What is kept of a person beyond who they are: account, password, second factor, and how an account is recovered."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.identity.model import Permit, Person
from dispatch_server.identity.roles import ADMINISTRATORS
from dispatch_server.kit.states import StateTable

DAY_US = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class AccountRules:
    """Days; 0: for ever."""

    password_days: int = 90
    unused_days: int = 90
    one_time_s: float = 72 * 3600.0
    capacity: int = 5_000
    permits_each: int = 100


@dataclass(frozen=True, slots=True)
class Account:
    """One row of `people`. `version` grows with each change: a change made from an older one is refused."""

    person: Person
    account: str
    password_hash: str
    password_utc_us: int
    must_change: bool  # the password is a one-time one, or somebody else knows it
    created_utc_us: int
    used_utc_us: int  # the last sign-in; at first, when it was made or enabled
    disabled: bool = False
    sealed_factor: bytes | None = None
    factor_step: int = 0
    recovery_codes: int = 0  # how many are left
    version: int = 1

    @property
    def needs_factor(self) -> bool:
        """Compulsory for the three administrators."""
        return bool(self.person.roles & ADMINISTRATORS)

    def may_sign_in(self, utc_us: int, rules: AccountRules) -> bool:
        """Not without a role, disabled, unused for too long, or with a one-time password that was not used in time."""
        if (
            not self.person.roles
            or self.disabled
            or (rules.unused_days and utc_us - self.used_utc_us > rules.unused_days * DAY_US)
        ):
            return False
        return not self.must_change or utc_us - self.password_utc_us <= int(rules.one_time_s * 1_000_000)

    def change_due(self, utc_us: int, rules: AccountRules) -> bool:
        old = rules.password_days and utc_us - self.password_utc_us > rules.password_days * DAY_US
        return self.must_change or bool(old)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an open sign-in must agree with: as the database has it now."""

    person: Person
    permits: tuple[Permit, ...]
    disabled: bool


@dataclass(frozen=True, slots=True)
class Granted:
    """A permit with its history, as the one who gives rights sees it."""

    permit: Permit
    person_id: str
    person_name: str
    person_department: str
    granted_by: str
    granted_utc_us: int


class Asked(StrEnum):
    """A recovery: one administrator asks for it, another one of another role confirms."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Said(StrEnum):
    CONFIRM = "confirm"
    WITHDRAW = "withdraw"
    LATE = "too late"


RECOVERY: StateTable[Asked, Said] = StateTable(
    first=Asked.ASKED,
    moves={
        (Asked.ASKED, Said.CONFIRM): Asked.CONFIRMED,
        (Asked.ASKED, Said.WITHDRAW): Asked.WITHDRAWN,
        (Asked.ASKED, Said.LATE): Asked.EXPIRED,
    },
    final=frozenset({Asked.CONFIRMED, Asked.WITHDRAWN, Asked.EXPIRED}),
)
RECOVERY_US = DAY_US


@dataclass(frozen=True, slots=True)
class Recovery:
    id: str
    person_id: str
    person_name: str
    reason: str
    asked_by: str
    asked_roles: frozenset[str]
    asked_utc_us: int
    state: Asked
    confirmed_by: str = ""
    ended_utc_us: int = 0

    def state_at(self, utc_us: int) -> Asked:
        """Nobody needs to be awake for it to expire."""
        late = self.state is Asked.ASKED and utc_us - self.asked_utc_us >= RECOVERY_US
        return RECOVERY.after(self.state, Said.LATE) if late else self.state
