"""Puts this part together out of what wiring hands in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fastapi import APIRouter

from dispatch_server.archive.uploads.announcing import Announcing
from dispatch_server.archive.uploads.desk import UploadDesk
from dispatch_server.archive.uploads.ending import Ending
from dispatch_server.archive.uploads.keeping import Keeper
from dispatch_server.archive.uploads.keys import FootageKeys
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.ports import (
    BusPort,
    DeviceKeysPort,
    EvidenceKeyPort,
    LackingPort,
    SpacePort,
    WorldPort,
)
from dispatch_server.archive.uploads.receiving import Receiving
from dispatch_server.archive.uploads.routes import master_routes
from dispatch_server.archive.uploads.spool import FOLDER, LocalSpoolDisk, Spool, SpoolDisk
from dispatch_server.archive.uploads.store import MasterStore, ServerLacks
from dispatch_server.archive.uploads.tus_routes import upload_routes
from dispatch_server.archive.uploads.upkeep import UploadUpkeep
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that this part needs of others. The keys are asked for when the first terminal asks."""

    world: WorldPort
    bus: BusPort
    database: Database
    threads: Threads
    recorder: Recorder
    space: SpacePort
    device_keys: DeviceKeysPort
    footage: Callable[[], FootageKeys]
    evidence: Callable[[], EvidenceKeyPort]
    report: Callable[[str, BaseException], None]


@dataclass(slots=True)
class UploadsPart:
    """`open()` first, `upkeep.run()` beside. `lacking` may be given a better one before it opens."""

    desk: UploadDesk
    announcing: Announcing
    ending: Ending
    upkeep: UploadUpkeep
    lacking: LackingPort

    async def open(self) -> None:
        await self.desk.load()

    def routers(self) -> tuple[APIRouter, ...]:
        return master_routes(self), upload_routes(self.desk)

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        uploads = self.desk.uploads.values()
        yield Reading("uploads_under_way", len(uploads), "Uploads that are not complete.", kind="gauge")
        on_the_way = sum(one.length for one in uploads)
        yield Reading("uploads_bytes_under_way", on_the_way, "Their announced bytes.", kind="gauge")
        counted = asdict(self.desk.counters)
        for what, count in counted.pop("refused").items():
            yield Reading("uploads_dropped", count, "Refused over a bound.", {"what": what})
        for what, count in counted.items():
            yield Reading("uploads_events", count, "What became of uploads.", {"what": what})
        yield Reading("uploads_upkeep_failures", self.upkeep.failures, "Rounds that failed.")


def assemble(
    outside: Outside, roots: Sequence[Path], limits: UploadLimits, disk: SpoolDisk | None = None
) -> UploadsPart:
    """Building does no I/O."""
    disk = disk or LocalSpoolDisk()
    spool, store = Spool(roots[0] / FOLDER, disk), MasterStore(outside.database)
    keeper = Keeper(
        outside.world,
        outside.bus,
        store,
        outside.threads,
        outside.recorder,
        disk,
        roots,
        outside.space,
        outside.footage,
        outside.evidence,
    )
    announcing, ending = Announcing(keeper, spool, limits), Ending(keeper, outside.device_keys)
    receiving = Receiving(spool, outside.threads, limits, keeper.counters)
    desk = UploadDesk(announcing, spool, receiving, limits, outside.space)
    return UploadsPart(desk, announcing, ending, UploadUpkeep(desk, ending, outside.report), ServerLacks(store))
