"""What this room asks of others: the clock, entropy, a place that keeps sign-ins, and who hears that one ended."""

from collections.abc import Mapping
from typing import Any, Protocol

from dispatch_server.identity.accounts import Standing
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Session
from dispatch_server.kit.acts import Act


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class EntropyPort(Protocol):
    def __call__(self, count: int, /) -> bytes: ...


class SessionStorePort(Protocol):
    """Keeps sign-ins over a restart."""

    async def find(self, digest: bytes) -> Session | None: ...

    async def add(self, session: Session) -> None: ...

    async def remove(self, session_id: str) -> None: ...

    async def remove_of(self, person_id: str, but: str = "", connection: Any = None) -> list[str]:
        """End all of a person's but one, in the caller's transaction if it has one; the ids of those that ended."""

    async def of_person(self, person_id: str) -> list[Session]:
        """Also those that other nodes know."""

    async def proved(self, session: Session) -> None:
        """Its second factor was shown again."""

    async def compare(self, sessions: list[Session], utc_us: int) -> Mapping[str, Standing | None]:
        """By id, those that are still kept: what their person may now; None when the person has no account."""

    async def seen(self, sessions: list[Session]) -> None: ...

    async def remove_older(self, begun_before_utc_us: int, seen_before_utc_us: int) -> None: ...


class EndedListener(Protocol):
    """Told when a sign-in ends, whatever the reason: what was opened with it ends too."""

    def __call__(self, session_id: str, reason: str, /) -> None: ...


class LedgerPort(Protocol):
    """The ledger of acts; the audit room's."""

    async def enter(self, act: Act, connection: Any = None) -> None:
        """Durable when it returns, or at the commit of `connection`'s transaction. Raises LedgerAway."""

    def journal(self, act: Act) -> None:
        """Never waits for the database and never refuses: kept in a synced file until it can be folded in."""


class TerminalTokens(Protocol):
    """Who knows the terminals' access tokens; the devices room does, and wiring puts it into `app.state.terminals`."""

    async def terminal_of(self, token: str) -> TerminalCaller | None: ...
