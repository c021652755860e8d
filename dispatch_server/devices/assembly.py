"""Puts this room together out of what wiring hands in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter

from dispatch_server.devices.access_token import AccessTokens, signing_key
from dispatch_server.devices.assertion import LIFE_S, UsedOnce
from dispatch_server.devices.code_store import CodeStore
from dispatch_server.devices.enrolling import MINUTE_S, Enrolling, rates_of
from dispatch_server.devices.health_store import HealthStore
from dispatch_server.devices.heartbeats import Heartbeats
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.devices.model import State
from dispatch_server.devices.on_record import Lines
from dispatch_server.devices.parts import DeviceParts
from dispatch_server.devices.ports import BlockingPort, BusPort, DepartmentsPort, OfficersPort, WorldPort
from dispatch_server.devices.presence import Presence
from dispatch_server.devices.register import Register
from dispatch_server.devices.routes import device_routes
from dispatch_server.devices.service import MICROSECONDS, DeviceService
from dispatch_server.devices.shift_store import ShiftStore
from dispatch_server.devices.shifts import Shifts
from dispatch_server.devices.store import RegisterStore
from dispatch_server.devices.upkeep import Upkeep
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.hashing import Gate
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.rates import Rate
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that this room needs of others. `token_seed`: read when the room opens, not when it is built."""

    world: WorldPort
    bus: BusPort
    database: Database
    departments: DepartmentsPort
    officers: OfficersPort
    in_thread: BlockingPort
    token_seed: Callable[[], Secret]
    report: Callable[[str, BaseException], None]
    recorder: Recorder | None = None


@dataclass(slots=True)
class DevicesRoom:
    """`open()` first, `upkeep.run()` beside. It is identity's TerminalTokens and live's PresencePort."""

    parts: DeviceParts
    upkeep: Upkeep
    token_seed: Callable[[], Secret]

    async def open(self) -> None:
        self.parts.enrolling.tokens.key = signing_key(self.token_seed())
        await self.upkeep.start()

    async def terminal_of(self, token: str) -> TerminalCaller | None:
        return await self.parts.enrolling.terminal_of(token)

    def online(self) -> Mapping[str, int]:
        """Number → last seen, UTC microseconds; also of those that another node sees."""
        known = {
            terminal.number: terminal.seen_utc_us or terminal.since_utc_us
            for terminal in self.parts.devices.register
            if terminal.state is State.ONLINE
        }
        return known | dict(self.parts.devices.presence.online())

    def routers(self) -> tuple[APIRouter, ...]:
        return device_routes(self.parts)

    def readings(self) -> list[Reading]:
        parts = self.parts
        states = dict.fromkeys((state.value for state in State), 0)
        for terminal in parts.devices.register:
            states[terminal.state.value] += 1
        refused = {
            "wrong codes and assertions": parts.enrolling.rates.wrong.refused,
            "wrong codes of all": parts.enrolling.rates.of_all.refused,
            "terminal tokens": parts.enrolling.rates.granted.refused,
            "tries of shifts": parts.shifts.tries.refused,
            "PINs at a time": parts.shifts.hashing.refused,
            "used assertions": parts.enrolling.used.refused,
        }
        forgotten = parts.enrolling.rates.wrong.forgotten + parts.enrolling.rates.granted.forgotten
        return [
            *(
                Reading("terminals", count, "In the register.", {"state": state}, "gauge")
                for state, count in states.items()
            ),
            *(Reading("devices_refused", count, "Over a bound.", {"what": what}) for what, count in refused.items()),
            Reading("devices_dropped", forgotten, "Forgotten.", {"what": "rates"}),
            Reading("devices_ended", parts.devices.endings.ended, "Holders that were ended."),
            Reading("devices_upkeep_failures", self.upkeep.failures, "Rounds without a database."),
        ]


def assemble(outside: Outside, limits: DeviceLimits, server_url: str, heartbeat_s: float) -> DevicesRoom:
    """Building does no I/O."""
    world = outside.world
    health_store = HealthStore(outside.database)
    devices = DeviceService(
        world,
        outside.bus,
        RegisterStore(outside.database),
        CodeStore(outside.database),
        outside.departments,
        limits,
        Register(),
        Presence(limits.lost_s),
        lines=Lines(outside.recorder),
    )
    enrolling = Enrolling(
        devices,
        AccessTokens(None, server_url, limits.token_life_s),
        UsedOnce(LIFE_S + 2 * limits.clock_tolerance_s, limits.assertions),
        rates_of(limits),
        begun_utc_us=world.utc_us(),
        recorder=outside.recorder,
    )
    shifts = _shifts(devices, enrolling, outside, limits)
    heartbeats = Heartbeats(
        world,
        outside.bus,
        devices.presence,
        limits.thresholds,
        shifts.names_of,
        int(limits.history_s * MICROSECONDS),
    )
    parts = DeviceParts(devices, enrolling, heartbeats, shifts, health_store, server_url, heartbeat_s)
    upkeep = Upkeep(devices, enrolling, heartbeats, shifts, health_store, outside.report)
    return DevicesRoom(parts, upkeep, outside.token_seed)


def _shifts(devices: DeviceService, enrolling: Enrolling, outside: Outside, limits: DeviceLimits) -> Shifts:
    return Shifts(
        devices,
        ShiftStore(outside.database),
        outside.officers,
        outside.in_thread,
        limits,
        Rate(limits.shift_tries_per_minute, MINUTE_S, limits.rate_keys),
        enrolling.rates.counted,
        Gate(1, limits.pins_waiting),
    )
