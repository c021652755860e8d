"""The bus inside one process: a bounded queue for each subscriber."""

import asyncio
from collections import deque
from typing import Generic, Self, TypeVar

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.events import Event
from dispatch_server.runtime.counters import Counters
from dispatch_server.settings import BusSettings

E = TypeVar("E", bound=Event)


class TooManySubscribers(LocalFault):
    def __init__(self, name: str) -> None:
        super().__init__("too_many_subscribers", f"{name} cannot listen: as many listen as the settings allow.")


class Inbox(Generic[E]):
    """One subscriber's queue; see kit/bus.py. One task reads it."""

    def __init__(self, owner: "LocalBus", kind: type[E], name: str, limit: int) -> None:
        self.kind = kind
        self.name = name
        self.missed = 0
        self._owner = owner
        self._events: deque[E] = deque()
        self._limit = limit
        self._wake = asyncio.Event()
        self._closed = False

    def put(self, event: E) -> bool:
        """False when an older event had to go for this one."""
        full = len(self._events) >= self._limit
        if full:
            self._events.popleft()
            self.missed += 1
        self._events.append(event)
        self._wake.set()
        return not full

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        while not self._events:
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        return self._events.popleft()

    def close(self) -> None:
        self._closed = True
        self._wake.set()
        self._owner.forget(self)


class LocalBus:
    """kit.bus.Bus without anything outside this process. Not thread-safe: the loop owns it."""

    def __init__(self, settings: BusSettings, counters: Counters) -> None:
        self._settings = settings
        self._counters = counters
        self._inboxes: dict[int, Inbox[Event]] = {}
        self._of_kind: dict[type[Event], tuple[Inbox[Event], ...]] = {}
        counters.gauge("bus_subscribers", "Who listens on the bus.", lambda: len(self._inboxes))

    def publish(self, event: Event) -> None:
        kind = type(event)
        listeners = self._of_kind.get(kind)
        if listeners is None:
            listeners = tuple(inbox for inbox in self._inboxes.values() if issubclass(kind, inbox.kind))
            self._of_kind[kind] = listeners
        for inbox in listeners:
            if not inbox.put(event):
                self._counters.dropped("bus", inbox.name)

    def subscribe(self, kind: type[E], name: str) -> Inbox[E]:
        if len(self._inboxes) >= self._settings.subscribers:
            raise TooManySubscribers(name)
        inbox = Inbox(self, kind, name, self._settings.queue)
        self._inboxes[id(inbox)] = inbox  # type: ignore[assignment]  # an inbox takes only events of its kind
        self._of_kind.clear()
        return inbox

    def forget(self, inbox: Inbox[E]) -> None:
        self._inboxes.pop(id(inbox), None)
        self._of_kind.clear()
