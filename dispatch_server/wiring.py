"""Builds the rooms in order and connects their ports; the only place that knows them all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter

from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.runtime.scope import Fatal, TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings

Open = Callable[[TaskScope], Awaitable[None]]
Check = Callable[[], Awaitable[str | None]]


@dataclass(slots=True)
class Wiring:
    """
    Rooms that are built but not yet open: building does no I/O, so that the API's document can be made from them.

    A room adds its routers, what is to be opened (in this order; closed in the reverse one), and what must be well
    before this node says that it is ready.
    """

    settings: Settings
    world: World
    counters: Counters
    bus: LocalBus
    fatal: Fatal
    routers: list[APIRouter] = field(default_factory=list)
    openings: list[tuple[str, Open]] = field(default_factory=list)
    readiness: dict[str, Check] = field(default_factory=dict)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[TaskScope]:
        """Open all rooms; whatever fails closes what was opened before it."""
        scope = TaskScope("server", self.counters, self.fatal, self.settings.server.stop_s)
        async with scope:
            for _, open_room in self.openings:
                await open_room(scope)
            yield scope


def wire(settings: Settings, world: World | None = None, counters: Counters | None = None) -> Wiring:
    """All rooms of a node."""
    world = world or World()
    counters = counters or Counters()
    wiring = Wiring(settings, world, counters, LocalBus(settings.bus, counters), Fatal())
    wire_ops(wiring)
    return wiring


def wire_ops(wiring: Wiring) -> None:
    """Health, figures and version."""
