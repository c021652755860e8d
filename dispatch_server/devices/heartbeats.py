"""What a terminal says of itself every few seconds, what is made of it, and what it is told in return."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from dispatch_server.devices.health import (
    Health,
    Position,
    TerminalTrouble,
    Thresholds,
    Trouble,
    clock_offset,
    detail_of,
    troubles_of,
)
from dispatch_server.devices.ports import BusPort, HealthStorePort, WorldPort
from dispatch_server.devices.presence import Presence
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.protocol.terminal import Heartbeat, HeartbeatAnswer, LedgerHead

NewestHead = Callable[[], LedgerHead | None]
HeadHeld = Callable[[str, LedgerHead], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Condition:
    """A terminal's newest figures, and what is wrong with it."""

    health: Health
    troubles: frozenset[Trouble]


@dataclass(slots=True)
class Heartbeats:
    """`newest_head` and `head_held` are the ledger's: every terminal keeps its newest signed head as a witness."""

    world: WorldPort
    bus: BusPort
    presence: Presence
    thresholds: Thresholds
    officers_of: Callable[[str], Sequence[str]]
    history_us: int
    newest_head: NewestHead = lambda: None
    head_held: HeadHeld | None = None
    conditions: dict[str, Condition] = field(default_factory=dict)  # by number: bounded by the register
    _saved_utc_us: dict[str, int] = field(default_factory=dict)
    _unsaved: dict[str, Condition] = field(default_factory=dict)

    async def heartbeat(self, caller: TerminalCaller, message: Heartbeat) -> HeartbeatAnswer:
        """The handler, for the socket and for HTTP alike."""
        utc_us = self.world.utc_us()
        self.presence.sign(caller.number, self.world.monotonic(), utc_us)
        health = _health_of(message, utc_us)
        self._note(caller, health)
        if message.held_head is not None and self.head_held is not None:
            await self.head_held(caller.number, message.held_head)
        return HeartbeatAnswer(
            server_utc_us=self.world.utc_us(),
            clock_offset_us=health.clock_offset_us,
            officers=list(self.officers_of(caller.number)),
            head=self.newest_head(),
        )

    def restore(self, newest: dict[str, tuple[Health, list[str]]]) -> None:
        """After a restart: what was wrong still is, until a heartbeat says otherwise."""
        known = {trouble.value for trouble in Trouble}
        for number, (health, names) in newest.items():
            troubles = frozenset(Trouble(name) for name in names if name in known)
            self.conditions[number] = Condition(health, troubles)
            self._saved_utc_us[number] = health.utc_us

    def keep_only(self, numbers: frozenset[str]) -> None:
        for gone in [number for number in self.conditions if number not in numbers]:
            for kept in (self.conditions, self._saved_utc_us, self._unsaved):
                kept.pop(gone, None)

    async def save(self, store: HealthStorePort) -> None:
        taken, self._unsaved = self._unsaved, {}
        if not taken:
            return
        saved = False
        try:
            await store.keep([(number, one.health, sorted(one.troubles)) for number, one in taken.items()])
            saved = True
        finally:
            if not saved:
                self._unsaved = {**taken, **self._unsaved}

    def _note(self, caller: TerminalCaller, health: Health) -> None:
        number = caller.number
        before = self.conditions[number].troubles if number in self.conditions else frozenset()
        troubles = troubles_of(health, before, self.thresholds)
        condition = self.conditions[number] = Condition(health, troubles)
        for trouble in sorted(before ^ troubles):
            self._tell(caller, trouble, trouble in troubles, detail_of(trouble, health))
        if before != troubles or health.utc_us - self._saved_utc_us.get(number, 0) >= self.history_us:
            self._saved_utc_us[number] = health.utc_us
            self._unsaved[number] = condition

    def _tell(self, caller: TerminalCaller, trouble: Trouble, begins: bool, detail: str) -> None:
        utc_us = self.world.utc_us()
        self.bus.publish(
            TerminalTrouble(
                identity=uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES)),
                utc_us=utc_us,
                number=caller.number,
                department=caller.department,
                trouble=trouble,
                begins=begins,
                detail=detail,
            )
        )


def _health_of(message: Heartbeat, utc_us: int) -> Health:
    offset, error = None, None
    if message.clock is not None:
        offset, error = clock_offset(message.clock, message.round_trip_us, utc_us)
    fix = message.position
    return Health(
        utc_us=utc_us,
        battery_percent=message.battery_percent,
        charging=message.charging,
        storage_free_bytes=message.storage_free_bytes,
        storage_total_bytes=message.storage_total_bytes,
        signal_dbm=message.signal_dbm,
        signal_bars=message.signal_bars,
        network=message.network,
        temperature_c=message.temperature_c,
        version=message.version,
        clock_offset_us=offset,
        clock_error_us=error,
        position=Position(fix.lat, fix.lon, fix.accuracy_m, fix.utc_us) if fix is not None else None,
    )
