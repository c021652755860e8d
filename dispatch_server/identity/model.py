"""Who a person is, in which roles, and how long a sign-in lasts."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.scope import Scope


class Role(StrEnum):
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    OPERATOR = "operator"
    EXPERT = "expert"
    REVIEWER = "reviewer"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    roles: frozenset[Role]
    department: str = ""  # path of the department whose subtree the person may see; empty: all


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """How long a sign-in lasts without a request, and at most."""

    idle_us: int = 15 * 60 * 1_000_000
    absolute_us: int = 12 * 3600 * 1_000_000


@dataclass(slots=True)
class Session:
    """One sign-in. The cookie holds a secret; here is only its digest."""

    id: str
    digest: bytes
    person: Person
    begun_utc_us: int
    seen_utc_us: int
    saved_utc_us: int = 0  # what the database knows of `seen`

    def idle_end_utc_us(self, times: SessionTimes) -> int:
        return min(self.seen_utc_us + times.idle_us, self.absolute_end_utc_us(times))

    def absolute_end_utc_us(self, times: SessionTimes) -> int:
        return self.begun_utc_us + times.absolute_us

    def scope(self, action: str) -> Scope:
        """In which departments this person may do that."""
        return Scope.of(self.person.department)

    def over(self, utc_us: int, times: SessionTimes) -> bool:
        """Ended; also when the wall clock jumped back to before the sign-in."""
        return utc_us >= self.idle_end_utc_us(times) or utc_us < self.begun_utc_us - times.idle_us
