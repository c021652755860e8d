"""Connects coverage: recordings from the archive, enforcements from their room, troubles to the consoles."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.coverage.actions import TROUBLES
from dispatch_server.archive.coverage.assembly import CoverageRoom, Outside, assemble
from dispatch_server.archive.coverage.ports import (
    EnforcementFacts,
    EnforcementPort,
    Guidance,
    MarkFacts,
    PauseFacts,
    StepFacts,
)
from dispatch_server.archive.coverage.troubles import Standing
from dispatch_server.kit.errors import Absent
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol.signals import RecordingTroubleChanged
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.signals.hub import Hub

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("coverage")


class EnforcementUnknown(Absent):
    def __init__(self) -> None:
        super().__init__("enforcement_unknown", "There is no such enforcement.")


class NoEnforcements:
    """Stands where no room of enforcements is wired."""

    def under_way(self) -> Mapping[str, EnforcementFacts]:
        return {}

    async def find(self, enforcement_id: str, scope: Scope) -> EnforcementFacts:
        raise EnforcementUnknown

    async def steps_of(self, enforcement_id: str) -> Sequence[StepFacts]:
        return ()

    async def marks_of(self, enforcement_id: str) -> Sequence[MarkFacts]:
        return ()

    async def pauses_of(self, enforcement_id: str) -> Sequence[PauseFacts]:
        return ()

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[EnforcementFacts]:
        return ()


class NoGuidance:
    """Until guidance has a room of its own."""

    async def said(self, enforcement_id: str) -> Sequence[Guidance]:
        return ()


def wire_coverage(wiring: "Wiring", archive: ArchiveRoom, enforcements: EnforcementPort | None = None) -> CoverageRoom:
    """It listens to the bus; `enforcement_changed` and `recording_changed` are for rooms that it does not know."""

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("coverage")
        _log.error("something failed", where=where, exc_info=error)

    room = assemble(
        Outside(
            archive=archive,
            enforcements=enforcements or NoEnforcements(),
            guidance=NoGuidance(),
            bus=wiring.bus,
            database=wiring.database,
            threads=wiring.threads,
            recorder=wiring.recorder,
            report=report,
        )
    )
    wiring.state["coverage"] = room
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)

    async def listen() -> None:
        async for event in wiring.bus.subscribe(Event, "coverage"):
            await room.happened(event)

    async def open_coverage(scope: TaskScope) -> None:
        scope.start("coverage listens", listen)
        scope.start("coverage", room.service.run)
        scope.start("coverage watches", room.watch)
        scope.start("thumbnails", room.thumbs.desk.run)

    wiring.openings.append(open_coverage)
    return room


def tell_consoles(room: CoverageRoom, hub: Hub) -> None:
    """A trouble is told to whoever may see its department."""

    def tell(standing: Standing, begins: bool) -> None:
        message = RecordingTroubleChanged(
            trouble=str(standing.trouble),
            subject=standing.subject,
            department=standing.department,
            begins=begins,
            utc_us=standing.since_utc_us,
            detail=standing.detail,
        )
        hub.tell_here(TROUBLES, standing.department, message, newest_of=f"{standing.trouble} {standing.subject}")

    room.troubles.told.append(tell)
