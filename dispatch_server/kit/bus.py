"""How rooms tell each other what has happened: publish never waits, each subscriber has a bounded queue of its own."""

from typing import Protocol, Self, TypeVar

from dispatch_server.kit.events import Event

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)


class Subscription(Protocol[E_co]):
    """
    `async for event in subscription`. When its queue is full the oldest event is dropped and `missed` grows: who
    keeps a picture of the whole compares it, and reads the whole anew.
    """

    @property
    def missed(self) -> int: ...

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> E_co: ...

    def close(self) -> None:
        """No more events; who waits for one ends. Idempotent."""


class Bus(Protocol):
    """The same for one node and for several."""

    def publish(self, event: Event) -> None:
        """Tell everyone who subscribed to this kind or a kind above it. Never waits and never fails."""

    def subscribe(self, kind: type[E], name: str) -> Subscription[E]:
        """Events of this kind from now on; `name` is who listens, for the counters."""
