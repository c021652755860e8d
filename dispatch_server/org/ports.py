"""What this room asks of others: the clock, the bus, a thread and a process for what takes long."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from dispatch_server.kit.events import Event
from dispatch_server.org.clerk_talk import Task

T = TypeVar("T")


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class ClerkPort(Protocol):
    """Reads and writes files elsewhere; an empty answer when it could not."""

    async def done(self, task: Task, data: bytes, name: str) -> bytes: ...


class OffLoop(Protocol):
    """Runs what blocks in a thread; raises what it raises, or a refusal when too much waits."""

    async def __call__(self, function: Callable[[], T], /) -> T: ...
