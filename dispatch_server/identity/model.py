"""Who a person is, in which roles, where and until when they may do what, and how long a sign-in lasts."""

from dataclasses import dataclass

from dispatch_server.identity.actions import ACTIONS, may
from dispatch_server.identity.roles import ADMINISTRATORS
from dispatch_server.identity.roles import Role as Role
from dispatch_server.kit.scope import NOTHING, Scope


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    roles: frozenset[Role]
    department: str = ""  # path of the department whose subtree the person may see; empty: all


@dataclass(frozen=True, slots=True)
class Permit:
    """One action for one person in one subtree, beyond what their roles give, until a moment."""

    id: str
    action: str
    department: str
    until_utc_us: int


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """How long a sign-in lasts without being used, and at most; how long a second factor counts as just shown."""

    idle_us: int = 15 * 60 * 1_000_000
    absolute_us: int = 12 * 3600 * 1_000_000
    fresh_us: int = 10 * 60 * 1_000_000


@dataclass(slots=True)
class Session:
    """One sign-in. The cookie holds a secret; here is only its digest."""

    id: str
    digest: bytes
    person: Person
    begun_utc_us: int
    seen_utc_us: int  # the last use: not what a page asked by itself
    saved_utc_us: int = 0  # what the database knows of `seen`
    permits: tuple[Permit, ...] = ()  # those that stand; whoever keeps sessions drops them at their end
    proved_utc_us: int = 0  # when the second factor was last shown; 0: never
    address: str = ""
    device: str = ""  # what the browser said of itself
    asked_utc_us: int = 0  # the last request, whoever or whatever made it

    def __post_init__(self) -> None:
        self.asked_utc_us = max(self.asked_utc_us, self.seen_utc_us)

    def used(self) -> None:
        """The request in hand is somebody's, who is there."""
        self.seen_utc_us = max(self.seen_utc_us, self.asked_utc_us)

    def scope(self, action: str) -> Scope:
        """Where this person may do that: their own subtree by a role, those of permits if no administrator."""
        permits = () if self.person.roles & ADMINISTRATORS else self.permits
        permitted = [one.department for one in permits if one.action == action]
        own = [self.person.department] if may(self.person.roles, action) else []
        return Scope.of(*own, *permitted) if own or permitted else NOTHING

    def may(self, action: str) -> bool:
        return bool(self.scope(action))

    def actions(self) -> list[str]:
        """All that this person may do somewhere."""
        return sorted(name for name in ACTIONS if self.may(name))

    def is_fresh(self, times: SessionTimes) -> bool:
        """Whether the second factor was shown just now, as of the last request."""
        return bool(self.proved_utc_us) and self.asked_utc_us - self.proved_utc_us < times.fresh_us

    def idle_end_utc_us(self, times: SessionTimes) -> int:
        return min(self.seen_utc_us + times.idle_us, self.absolute_end_utc_us(times))

    def absolute_end_utc_us(self, times: SessionTimes) -> int:
        return self.begun_utc_us + times.absolute_us

    def over(self, utc_us: int, times: SessionTimes) -> bool:
        """Ended; also when the wall clock jumped back to before the sign-in."""
        return utc_us >= self.idle_end_utc_us(times) or utc_us < self.begun_utc_us - times.idle_us
