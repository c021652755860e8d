"""Puts derivatives together out of what wiring hands in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.derivatives.decoding import Decoding
from dispatch_server.archive.derivatives.limits import DerivativeLimits
from dispatch_server.archive.derivatives.making import Making
from dispatch_server.archive.derivatives.routes import derivative_routes
from dispatch_server.archive.derivatives.service import ApprovalsPort, DerivativeService
from dispatch_server.archive.derivatives.store import DerivativeStore
from dispatch_server.archive.ports import WorldPort
from dispatch_server.archive.viewings import Viewings
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.objects import ObjectStore
from dispatch_server.runtime.threads import Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that derivatives need of others; `folder` is where a child's output lies until it is an object."""

    catalog: Catalog
    world: WorldPort
    database: Database
    objects: ObjectStore
    threads: Threads
    recorder: Recorder
    viewings: Viewings
    approvals: ApprovalsPort
    folder: Path
    report: Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class DerivativesRoom:
    """`making.run` goes on beside."""

    service: DerivativeService
    making: Making

    def routers(self) -> tuple[APIRouter, ...]:
        return (derivative_routes(self.service, self.making),)

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        yield Reading("derivatives_making", len(self.making.progress), "Derivatives that are being made.", kind="gauge")


def assemble(outside: Outside, roots: Sequence[Path], limits: DerivativeLimits) -> DerivativesRoom:
    service = DerivativeService(
        store=DerivativeStore(outside.database),
        catalog=outside.catalog,
        objects=outside.objects,
        recorder=outside.recorder,
        world=outside.world,
        viewings=outside.viewings,
        approvals=outside.approvals,
        limits=limits,
    )
    decoding = Decoding(outside.folder, outside.threads, limits)
    return DerivativesRoom(service, Making(service, roots, decoding, outside.threads, outside.report))
