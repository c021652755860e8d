"""Puts this room together out of what wiring hands in."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter

from dispatch_server.enforcement.commands import Commands
from dispatch_server.enforcement.limits import EnforcementLimits
from dispatch_server.enforcement.opening import Opening
from dispatch_server.enforcement.ports import BusPort, CoveragePort, NamesPort, TerminalsPort, WorldPort
from dispatch_server.enforcement.routes import changing_routes, reading_routes
from dispatch_server.enforcement.service import EnforcementService
from dispatch_server.enforcement.step_lists import StepLists
from dispatch_server.enforcement.steps import StepList
from dispatch_server.enforcement.store import EnforcementStore
from dispatch_server.enforcement.terminal_routes import terminal_routes
from dispatch_server.enforcement.views import Views
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.rates import Rate
from dispatch_server.org.service import OrgService
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that this room needs of others."""

    world: WorldPort
    bus: BusPort
    database: Database
    org: OrgService
    terminals: TerminalsPort
    coverage: CoveragePort
    names: NamesPort
    recorder: Recorder


@dataclass(slots=True)
class EnforcementRoom:
    """`open()` first, `keep_current()` beside."""

    service: EnforcementService
    views: Views
    commands: Commands

    async def open(self) -> None:
        await self.service.lists.keep_current(self.service.world.utc_us())
        await self.service.refresh()

    async def keep_current(self) -> None:
        """A compare makes up for what was missed of other nodes."""
        while True:
            await asyncio.sleep(self.service.limits.refresh_s)
            await self.service.refresh()

    def routers(self) -> tuple[APIRouter, ...]:
        return (
            reading_routes(self.views),
            changing_routes(self.commands),
            terminal_routes(self.views, self.commands),
        )

    def readings(self) -> list[Reading]:
        service = self.service
        return [
            Reading("enforcements_under_way", len(service.standing.all()), "In the field now.", kind="gauge"),
            Reading("enforcement_refused", service.rate.refused, "Over a bound.", {"what": "commands a minute"}),
            Reading("enforcement_dropped", service.rate.forgotten, "Forgotten.", {"what": "rates"}),
        ]


def assemble(outside: Outside, steps: StepList, limits: EnforcementLimits) -> EnforcementRoom:
    """Building does no I/O."""
    service = EnforcementService(
        outside.world,
        outside.bus,
        EnforcementStore(outside.database),
        Opening(outside.org, outside.terminals),
        StepLists(outside.database, steps, limits.lists),
        outside.recorder,
        limits,
        Rate(limits.commands_per_minute, MINUTE_S, limits.rate_keys),
    )
    views = Views(service, outside.terminals, outside.coverage, outside.names)
    return EnforcementRoom(service, views, Commands(service))
