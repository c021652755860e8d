"""Puts exports together out of what wiring hands in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.exports.limits import ExportLimits
from dispatch_server.archive.exports.links import Links
from dispatch_server.archive.exports.package import Packages
from dispatch_server.archive.exports.package_routes import package_routes, playback_routes
from dispatch_server.archive.exports.ports import CustodyPort, EvidenceKeyPort, OriginalsPort, PeoplePort, SubjectPort
from dispatch_server.archive.exports.preparing import Preparing
from dispatch_server.archive.exports.routes import export_routes
from dispatch_server.archive.exports.sending import Sender
from dispatch_server.archive.exports.service import ExportService
from dispatch_server.archive.exports.store import ExportStore
from dispatch_server.archive.ports import BusPort, NamesPort, WorldPort
from dispatch_server.archive.viewings import Viewings
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.objects import ObjectStore
from dispatch_server.runtime.threads import Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that exports need of others; `key` is asked when it is needed, for it lies in a file."""

    catalog: Catalog
    viewings: Viewings
    names: NamesPort
    subjects: SubjectPort
    people: PeoplePort
    custody: CustodyPort
    originals: OriginalsPort
    key: Callable[[], EvidenceKeyPort]
    bus: BusPort
    world: WorldPort
    database: Database
    objects: ObjectStore
    threads: Threads
    recorder: Recorder
    report: Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class ExportsRoom:
    """`preparing.run` goes on beside."""

    service: ExportService
    preparing: Preparing
    packages: Packages
    sender: Sender
    links: Links
    viewings: Viewings

    def routers(self) -> tuple[APIRouter, ...]:
        return (
            export_routes(self.service, self.preparing, self.links),
            package_routes(self.service, self.packages, self.sender, self.links),
            playback_routes(self.service, self.viewings, self.preparing.names, self.sender.threads),
        )

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        sending, preparing = len(self.sender.sending.streams), len(self.preparing.progress)
        yield Reading("exports_sending", sending, "Packages that are being sent.", kind="gauge")
        yield Reading("exports_preparing", preparing, "Packages that are being made.", kind="gauge")


def assemble(outside: Outside, roots: Sequence[Path], limits: ExportLimits) -> ExportsRoom:
    service = ExportService(
        store=ExportStore(outside.database),
        catalog=outside.catalog,
        subjects=outside.subjects,
        people=outside.people,
        recorder=outside.recorder,
        bus=outside.bus,
        world=outside.world,
        limits=limits,
    )
    preparing = Preparing(
        service=service,
        roots=roots,
        names=outside.names,
        key=outside.key,
        custody=outside.custody,
        originals=outside.originals,
        objects=outside.objects,
        threads=outside.threads,
        report=outside.report,
    )
    return ExportsRoom(
        service=service,
        preparing=preparing,
        packages=Packages(outside.objects, limits.layouts),
        sender=Sender(roots, outside.objects, outside.threads, limits, service.sending),
        links=Links(service),
        viewings=outside.viewings,
    )
