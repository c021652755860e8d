"""What this room asks of others: the bus, the clock, who may what, and the connection's own socket."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from dispatch_server.identity.model import Session
from dispatch_server.kit.bus import Subscription
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope
from dispatch_server.signals.line import Peer

E = TypeVar("E", bound=Event)


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...

    def subscribe(self, kind: type[E], name: str) -> Subscription[E]: ...


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class RightsPort(Protocol):
    """Who may what; asked for every message."""

    def scope(self, session: Session, action: str) -> Scope:
        """Where this sign-in may do that action; nowhere: NOTHING."""

    def stands(self, session: Session) -> bool:
        """Whether the sign-in is not over."""

    async def refused(self, session: Session, action: str) -> None:
        """Put on record that somebody tried."""

    def on_record(self, peer: Peer, action: str) -> AbstractAsyncContextManager[None]:
        """Around what is done: puts it on record, and that it was refused or failed. Raises LedgerAway: not done."""


class SocketPort(Protocol):
    """An accepted WebSocket; starlette's is one."""

    async def receive_text(self) -> str:
        """Raises WebSocketDisconnect when it is gone, KeyError for a binary message."""

    async def send_text(self, data: str) -> None: ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...


Connected = Callable[[Peer], Awaitable[None]]
Report = Callable[[str, BaseException], None]
