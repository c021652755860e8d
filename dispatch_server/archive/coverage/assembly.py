"""Puts coverage together out of the archive's room and what wiring hands in."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.coverage.model import PictureFault
from dispatch_server.archive.coverage.notes import Notes
from dispatch_server.archive.coverage.ports import BusPort, EnforcementPort, GuidancePort
from dispatch_server.archive.coverage.routes import Behind, coverage_routes
from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.archive.coverage.shelf import Shelf
from dispatch_server.archive.coverage.store import CoverageStore
from dispatch_server.archive.coverage.thumbs import Thumbs
from dispatch_server.archive.coverage.timeline import Timelines
from dispatch_server.archive.coverage.troubles import Troubles, UnderWayWatch
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.archive.model import PictureMarksChanged, RecordingClosed, TroubleChanged
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads

LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that coverage needs of others."""

    archive: ArchiveRoom
    enforcements: EnforcementPort
    guidance: GuidancePort
    bus: BusPort
    database: Database
    threads: Threads
    recorder: Recorder
    report: Callable[[str, BaseException], None]


@dataclass(slots=True)
class CoverageRoom:
    """`run`, `watch` and `thumbs.desk.run` go on beside; `happened` is told every event."""

    archive: ArchiveRoom
    service: CoverageService
    shelf: Shelf
    timelines: Timelines
    notes: Notes
    thumbs: Thumbs
    troubles: Troubles
    under_way: UnderWayWatch
    behind: Behind
    report: Callable[[str, BaseException], None]

    def use(self, enforcements: EnforcementPort) -> None:
        """Whoever knows the enforcements is built later than the archive."""
        self.service.enforcements = self.under_way.enforcements = enforcements

    def routers(self) -> tuple[APIRouter, ...]:
        return coverage_routes(self.behind)

    async def happened(self, event: Event) -> None:
        try:
            match event:
                case RecordingClosed():
                    self.troubles.recording_closed(event.recording_id)
                    await self.service.recording_changed(event.recording_id)
                case PictureMarksChanged():
                    await self._marks_changed(event)
                case TroubleChanged():
                    self.troubles.happened(event)
        except DispatchError as error:
            self.report("hearing of recordings", error)

    async def watch(self) -> None:
        while True:
            try:
                await self.under_way.look()
            except DispatchError as error:
                self.report("watching enforcements under way", error)
            await asyncio.sleep(LOOK_S)

    async def _marks_changed(self, event: PictureMarksChanged) -> None:
        found = self.archive.archive.of_stream.get(event.stream_id)
        if found is not None:
            await self.service.store.add_fault(PictureFault(found.id, event.utc_us, event.marks))

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        service = self.service
        yield Reading("coverage_computed", service.computed, "Enforcements whose coverage was computed.")
        yield Reading("coverage_dropped", service.dropped, "Changes for which there was no room.")
        yield Reading("coverage_thumbs_failed", self.thumbs.failed, "Pictures that could not be kept or made.")
        yield Reading("archive_troubles_forgotten", self.troubles.forgotten, "Troubles for which there was no room.")


def assemble(outside: Outside) -> CoverageRoom:
    room = outside.archive
    archive, catalog = room.archive, room.catalog
    store = CoverageStore(outside.database)
    shelf = Shelf(archive, catalog.store, store, outside.threads)
    service = CoverageService(outside.enforcements, store, shelf, outside.bus, archive.world, outside.report)
    notes = Notes(catalog, outside.database, outside.recorder, outside.bus, archive.world)
    thumbs = Thumbs(shelf, outside.threads)
    room.pictures.listeners.append(thumbs.seen)
    under_way = UnderWayWatch(archive, outside.enforcements, store)
    troubles = Troubles(archive, under_way.department_of)
    timelines = Timelines(service, shelf, catalog, notes, outside.guidance, DerivativeStore(outside.database))

    async def links_of(enforcement_id: str, scope: Scope) -> Sequence[str]:
        return [one.recording_id for one in await service.recordings_of(enforcement_id, scope)]

    def department_name(code: str) -> str:
        return catalog.names.department_names(code)[0]

    room.viewings.links_of = links_of
    behind = Behind(catalog, room.viewings, timelines, notes, thumbs, troubles, archive.world, department_name)
    return CoverageRoom(room, service, shelf, timelines, notes, thumbs, troubles, under_way, behind, outside.report)
