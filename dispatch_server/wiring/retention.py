"""Connects retention: this machine's clocks, the ledger's heads, and terminals that are to keep what finds no room."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.model import LocalKeepingChanged
from dispatch_server.archive.retention.assembly import Bounds, Outside, RetentionRoom, assemble
from dispatch_server.archive.retention.clocks import MICROSECONDS, Pair, Tolerance
from dispatch_server.archive.retention.upkeep import Cadence
from dispatch_server.audit.assembly import AuditRoom
from dispatch_server.audit.heads import Heads
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Session
from dispatch_server.ops.machine import is_synchronised
from dispatch_server.protocol.signals import KeepLocal
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.signals.hub import Hub

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("retention")


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall clock and what counts beside it."""

    world: World

    def pair(self) -> Pair:
        return Pair(self.world.utc_us(), self.world.boottime_us(), self.world.boot_id())

    def is_synchronised(self) -> bool | None:
        return is_synchronised()


@dataclass(frozen=True, slots=True)
class LedgerHeads:
    heads: Heads

    def newest_utc_us(self) -> int | None:
        head = self.heads.newest()
        return head.utc_us if head is not None else None


def wire_retention(wiring: "Wiring", archive: ArchiveRoom, audit: AuditRoom, hub: Hub) -> RetentionRoom:
    """`link` and `archive.local.is_important` are filled by `connect`, once all rooms are there."""
    settings = wiring.settings.archive

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("retention")
        _log.error("something failed", where=where, exc_info=error)

    room = assemble(
        Outside(
            archive, wiring.database, wiring.threads, wiring.recorder,
            Clocks(wiring.world), LedgerHeads(audit.heads), report,
        ),
        Bounds(
            Path(settings.retention_file),
            Tolerance(clock_us=int(settings.retention_clock_s * MICROSECONDS)),
            Cadence(tick_s=settings.retention_tick_s),
            settings.retention_wait_days,
        ),
    )  # fmt: skip
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)
    tell_terminals(wiring, archive, hub)

    async def open_retention(scope: TaskScope) -> None:
        await room.open()
        scope.start("retention", room.upkeep.run)

    wiring.openings.append(open_retention)
    return room


def tell_terminals(wiring: "Wiring", archive: ArchiveRoom, hub: Hub) -> None:
    """A terminal whose stream finds no room keeps it by itself, and hears when that is over, also after a new line."""

    def tell(source: str, begins: bool) -> None:
        hub.send_to_terminal(source, KeepLocal(begins=begins, utc_us=wiring.world.utc_us()), newest_of="keep_local")

    async def greet(caller: Session | TerminalCaller) -> None:
        if isinstance(caller, TerminalCaller) and caller.number in archive.archive.local.sources:
            tell(caller.number, True)

    hub.on_connected(greet)

    async def listen() -> None:
        async for event in wiring.bus.subscribe(LocalKeepingChanged, "terminals keep"):
            tell(event.source, event.begins)

    async def open_telling(scope: TaskScope) -> None:
        scope.start("terminals keep", listen)

    wiring.openings.append(open_telling)
