"""Connects enforcements: the list of recording steps, terminals, recordings, and who is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.devices.assembly import DevicesRoom
from dispatch_server.devices.model import State, Terminal
from dispatch_server.enforcement import actions
from dispatch_server.enforcement.assembly import EnforcementRoom, Outside, assemble
from dispatch_server.enforcement.before import Thresholds
from dispatch_server.enforcement.limits import EnforcementLimits
from dispatch_server.enforcement.model import EnforcementChanged
from dispatch_server.enforcement.ports import TerminalFacts
from dispatch_server.enforcement.refusals import StepListWrong
from dispatch_server.enforcement.step_file import read_steps
from dispatch_server.enforcement.steps import StepList
from dispatch_server.live.roster import Roster
from dispatch_server.org.service import OrgService
from dispatch_server.org.tree import first_level
from dispatch_server.protocol import enforcement as words
from dispatch_server.runtime.scope import OnFailure, TaskScope
from dispatch_server.settings import Settings
from dispatch_server.signals.hub import Hub
from dispatch_server.wiring.archive import Names
from dispatch_server.wiring.sample_enforcement import open_sample

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

MICROSECONDS = 1_000_000
NOT_TRUSTED = (State.REVOKED, State.RETIRED)  # one that never enrolled may publish by a key


@dataclass(frozen=True, slots=True)
class Register:
    """The room's TerminalsPort."""

    devices: DevicesRoom

    def terminal(self, number: str) -> TerminalFacts | None:
        found = self.devices.parts.devices.register.get(number)
        return self._facts(found) if found is not None else None

    def of_department(self, path: str) -> Sequence[TerminalFacts]:
        root = first_level(path)
        register = self.devices.parts.devices.register
        return [self._facts(one) for one in register if first_level(one.department) == root]

    def seen(self) -> Mapping[str, int]:
        register = self.devices.parts.devices.register
        kept = {one.number: one.seen_utc_us for one in register if one.seen_utc_us is not None}
        return kept | dict(self.devices.online())

    def _facts(self, one: Terminal) -> TerminalFacts:
        return TerminalFacts(one.number, one.department, one.state not in NOT_TRUSTED)

    def place(self, number: str, from_utc_us: int, to_utc_us: int) -> tuple[float, float] | None:
        condition = self.devices.parts.heartbeats.conditions.get(number)
        fix = condition.health.position if condition is not None else None
        if condition is None or fix is None:
            return None
        utc_us = fix.utc_us if fix.utc_us is not None else condition.health.utc_us
        return (fix.lat, fix.lon) if from_utc_us <= utc_us <= to_utc_us else None


@dataclass(slots=True)
class Covered:
    """The room's CoveragePort, once the ledger of coverage is there: it is built upon enforcements."""

    ledger: CoverageService | None = None

    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[tuple[int, int]]:
        if self.ledger is None:
            return [(from_utc_us, to_utc_us)]
        missing = await self.ledger.lacking(source, from_utc_us, to_utc_us)
        return [(span.from_utc_us, span.to_utc_us) for span in missing]


def wire_enforcement(
    wiring: "Wiring", org: OrgService, roster: Roster, devices: DevicesRoom, covered: Covered
) -> EnforcementRoom:
    """Opened after organisation and register. Raises StepListWrong."""
    settings = wiring.settings
    room = assemble(
        Outside(
            world=wiring.world,
            bus=wiring.bus,
            database=wiring.database,
            org=org,
            terminals=Register(devices),
            coverage=covered,
            names=Names(roster),
            recorder=wiring.recorder,
        ),
        steps_of(settings),
        limits_of(settings),
    )
    wiring.state["enforcement"] = room
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)

    async def listen() -> None:
        async for _ in wiring.bus.subscribe(EnforcementChanged, "enforcements"):
            await room.service.refresh()

    async def open_enforcement(scope: TaskScope) -> None:
        await room.open()
        if settings.server.is_development:
            await open_sample(room, devices)
        scope.start("enforcements listen", listen, OnFailure.RESTART)
        scope.start("enforcements compare", room.keep_current, OnFailure.RESTART)

    wiring.openings.append(open_enforcement)
    return room


def tell_enforcement(wiring: "Wiring", room: EnforcementRoom, hub: Hub) -> None:
    """Its terminals are told by the node where it changed; each node tells its own consoles."""

    def tell_terminals(event: EnforcementChanged) -> None:
        for terminal in event.terminals:
            hub.send_to_terminal(terminal, said(event), newest_of=f"enforcement {event.enforcement_id}")

    async def listen() -> None:
        async for event in wiring.bus.subscribe(EnforcementChanged, "signals of enforcements"):
            newest_of = f"enforcement {event.enforcement_id}"
            hub.tell_here(actions.LIST, event.department, said(event), newest_of=newest_of)

    async def open_telling(scope: TaskScope) -> None:
        scope.start("signals of enforcements", listen, OnFailure.RESTART)

    room.service.listeners.append(tell_terminals)
    wiring.messages.append(words.EnforcementChanged)
    wiring.openings.append(open_telling)


def said(event: EnforcementChanged) -> words.EnforcementChanged:
    return words.EnforcementChanged.model_validate(
        {
            "enforcement_id": event.enforcement_id,
            "department": event.department,
            "state": event.state,
            "terminals": list(event.terminals),
            "utc_us": event.utc_us,
        }
    )


def steps_of(settings: Settings) -> StepList:
    """The county's list. Raises StepListWrong."""
    path = Path(settings.recording_steps_file)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise StepListWrong([f"{path}: {error}"]) from None
    return read_steps(text, path.name)


def limits_of(settings: Settings) -> EnforcementLimits:
    """The room's bounds, as the settings say."""
    enforcement = settings.enforcement
    return EnforcementLimits(
        thresholds=Thresholds(
            enforcement.battery_percent, enforcement.storage_free_bytes, int(enforcement.clock_s * MICROSECONDS)
        ),
        late_us=int(enforcement.late_s * MICROSECONDS),
        ahead_us=int(enforcement.ahead_s * MICROSECONDS),
        prompt_us=int(enforcement.prompt_s * MICROSECONDS),
        silent_us=int(enforcement.silent_s * MICROSECONDS),
        commands_per_minute=enforcement.commands_per_minute,
        refresh_s=enforcement.refresh_s,
        waiting=enforcement.waiting,
    )
