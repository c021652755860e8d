"""Builds the rooms in order and connects their ports; the only place that knows them all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.middleware import Middleware

from dispatch_server.audit.assembly import FOLDER, AuditRoom, Ground
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.bus import Bus
from dispatch_server.kit.redact import Secret
from dispatch_server.ops.loop_lag import watch_loop
from dispatch_server.ops.routes import ops_routes
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.runtime.jobs import Jobs
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.objects import LocalFolder, ObjectStore
from dispatch_server.runtime.scope import Fatal, TaskScope
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.signals.hub import Hub
from dispatch_server.wiring.acts import BusOnRecord
from dispatch_server.wiring.archive import tell_archive, wire_archive
from dispatch_server.wiring.audit import build_audit, wire_audit
from dispatch_server.wiring.bucket import wire_bucket
from dispatch_server.wiring.cases import wire_cases
from dispatch_server.wiring.connecting import Rooms, connect
from dispatch_server.wiring.coverage import tell_consoles, wire_coverage
from dispatch_server.wiring.devices import hear_devices, tell_devices, wire_devices
from dispatch_server.wiring.enforcement import Covered, tell_enforcement, wire_enforcement
from dispatch_server.wiring.enforcement_facts import EnforcementsForCases
from dispatch_server.wiring.exports import wire_exports
from dispatch_server.wiring.identity import wire_identity
from dispatch_server.wiring.live import read_departments, wire_engine, wire_live
from dispatch_server.wiring.operations import wire_operations
from dispatch_server.wiring.org import is_open, wire_org
from dispatch_server.wiring.reports import wire_reports
from dispatch_server.wiring.retention import wire_retention
from dispatch_server.wiring.roster import keep_roster
from dispatch_server.wiring.seals import wire_seals
from dispatch_server.wiring.signals import wire_signals
from dispatch_server.wiring.subjects import Subjects
from dispatch_server.wiring.uploads import RegisterKeys, wire_uploads

if TYPE_CHECKING:
    from dispatch_server.runtime.redis import RedisBus

Open = Callable[[TaskScope], Awaitable[None]]
Check = Callable[[], Awaitable[str | None]]


@dataclass(slots=True, repr=False)
class Wiring:
    """
    Rooms that are built but not yet open: building does no I/O, so that the API's document can be made from them.

    Its repr would walk through every room, each by many ways: it has none.

    A room adds its routers, its rings (middleware around every request), what is to be opened (in this order; closed
    in the reverse one), what must be well before this node says that it is ready, and what it only names when away.
    """

    settings: Settings
    world: World
    counters: Counters
    fatal: Fatal
    bus: Bus
    keys: KeyRing
    threads: Threads
    database: Database
    objects: ObjectStore
    jobs: Jobs
    recorder: Recorder
    routers: list[APIRouter] = field(default_factory=list)
    rings: list[Middleware] = field(default_factory=list)
    messages: list[type[BaseModel]] = field(default_factory=list)  # of sockets, for the API's document
    state: dict[str, object] = field(default_factory=dict)  # what identity's guards find in `app.state`
    openings: list[Open] = field(default_factory=list)
    readiness: dict[str, Check] = field(default_factory=dict)
    companions: dict[str, Check] = field(default_factory=dict)
    signals: Hub | None = None  # rooms give it their messages before it opens

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[TaskScope]:
        """Open all rooms; whatever fails closes what was opened before it."""
        scope = TaskScope("server", self.counters, self.fatal, self.settings.server.stop_s)
        async with scope:
            for open_room in self.openings:
                await open_room(scope)
            yield scope


def wire(settings: Settings, world: World | None = None, counters: Counters | None = None) -> Wiring:
    """All rooms of a node, lowest first."""
    wiring, audit = wire_ground(settings, world or World(), counters or Counters())
    sign_ins = wire_identity(wiring, lambda path: is_open(org, path))
    org = wire_org(wiring).org
    engine = wire_engine(wiring)
    roster = read_departments(settings)
    bus = BusOnRecord(wiring.bus, wiring.recorder, roster)
    archive = wire_archive(wiring, engine, roster, bus)
    copies = wire_bucket(wiring, archive)
    seals = wire_seals(wiring, archive)
    # Opened in this order: whoever listens is there before there is anything to tell.
    devices = wire_devices(wiring, org, roster)
    keep_roster(wiring, roster, org, devices)
    covered = Covered()
    enforcement = wire_enforcement(wiring, org, roster, devices, covered)
    coverage = wire_coverage(wiring, archive, enforcement.service)
    covered.ledger = coverage.service
    live = wire_live(wiring, engine, sign_ins, roster, archive, devices, bus)
    tell_devices(wiring, devices, live)
    tell_archive(wiring, archive, live)
    wiring.signals = wire_signals(wiring, sign_ins, live, roster)
    tell_consoles(coverage, wiring.signals)
    hear_devices(wiring, devices, wiring.signals, audit)
    tell_enforcement(wiring, enforcement, wiring.signals)
    uploads = wire_uploads(wiring, archive, devices, seals.seals.keys)
    seals.reading.devices, seals.reading.bucket = RegisterKeys(devices.parts.devices.store), copies
    retention = wire_retention(wiring, archive, audit, wiring.signals)
    cases = wire_cases(wiring, org, roster, EnforcementsForCases(enforcement, coverage.service))
    subjects = Subjects(coverage, enforcement, cases)
    exports, _ = wire_exports(wiring, archive, audit, bus, seals, subjects)
    wire_reports(wiring, roster, archive, cases)
    rooms = Rooms(archive, copies, seals, enforcement, coverage, uploads, retention, cases, exports)
    connect(wiring, rooms)
    wire_ops(wiring)
    wire_operations(wiring)
    return wiring


def wire_ground(settings: Settings, world: World, counters: Counters) -> tuple[Wiring, AuditRoom]:
    """What every room stands on: a command that needs a few rooms builds these upon it."""
    threads = Threads(settings.threads, counters)
    database, keys = Database(settings.database, counters), KeyRing(Path(settings.data_folder), world)
    ledger_folder = Path(settings.data_folder) / FOLDER
    audit = build_audit(settings.ledger, Ground(world, counters, threads, database, keys, ledger_folder))
    wiring = Wiring(
        settings=settings,
        world=world,
        counters=counters,
        fatal=Fatal(),
        bus=_bus(settings, world, counters),
        keys=keys,
        threads=threads,
        database=database,
        objects=_objects(settings, threads, world),
        jobs=Jobs(world, counters),
        recorder=Recorder(world, audit.ledger),
    )
    wire_runtime(wiring)
    wire_audit(wiring, audit)
    return wiring, audit


def wire_runtime(wiring: Wiring) -> None:
    """Folders and keys, threads, database, and the bus between nodes where there are several."""

    async def open_runtime(scope: TaskScope) -> None:
        wiring.keys.open()
        await scope.enter("threads", wiring.threads.opened())
        await scope.enter("database", wiring.database.opened())

    wiring.openings.append(open_runtime)
    wiring.readiness["database"] = wiring.database.check
    if isinstance(wiring.bus, LocalBus):
        return
    between_nodes = cast("RedisBus", wiring.bus)

    async def open_bus(scope: TaskScope) -> None:
        await scope.enter("bus", between_nodes.opened(scope))

    wiring.openings.append(open_bus)
    wiring.companions["redis"] = between_nodes.check


def _bus(settings: Settings, world: World, counters: Counters) -> Bus:
    if not settings.redis.url:
        return LocalBus(settings.bus, counters)
    from dispatch_server.runtime.redis import RedisBus

    return RedisBus(settings.redis, settings.bus, counters, world)


def _objects(settings: Settings, threads: Threads, world: World) -> ObjectStore:
    if not settings.bucket.endpoint:
        return LocalFolder(settings.objects, threads, world)
    from dispatch_server.runtime.bucket import Bucket
    from dispatch_server.runtime.bucket_objects import BucketObjects

    return BucketObjects(settings.objects, Bucket(settings.bucket, threads), world)


def wire_ops(wiring: Wiring) -> None:
    """Health, figures and version."""
    settings = wiring.settings

    def token() -> Secret:
        return settings.ops.metrics_token or wiring.keys.secret("metrics_token")

    async def open_ops(scope: TaskScope) -> None:
        token()  # made at the first start, not at the first question
        scope.start("loop lag", lambda: watch_loop(wiring.counters, settings.ops.loop_lag_ms))

    wiring.openings.append(open_ops)
    wiring.routers.append(
        ops_routes(
            wiring.counters,
            wiring.readiness,
            wiring.companions,
            settings.ops.check_s,
            settings.server.is_development,
            token,
        )
    )
