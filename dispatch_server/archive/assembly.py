"""Puts this room together out of what wiring hands in."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fastapi import APIRouter

from dispatch_server.archive.catalog import Catalog
from dispatch_server.archive.disk import DiskCounters, LocalDisk
from dispatch_server.archive.limits import ArchiveLimits
from dispatch_server.archive.pictures import Pictures
from dispatch_server.archive.pool import WriterPool
from dispatch_server.archive.ports import BusPort, FramePort, NamesPort, WorldPort
from dispatch_server.archive.routes import picture_routes, recording_routes
from dispatch_server.archive.service import ArchiveService
from dispatch_server.archive.space import Ballast, SpaceWatch
from dispatch_server.archive.store import RecordingStore
from dispatch_server.archive.upkeep import Upkeep
from dispatch_server.archive.viewings import Viewings
from dispatch_server.identity.recording import Recorder
from dispatch_server.media.abilities import Layer
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that this room needs of others."""

    frames: FramePort
    bus: BusPort
    world: WorldPort
    names: NamesPort
    database: Database
    threads: Threads
    recorder: Recorder
    report: Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class ArchiveRoom:
    """
    `open` comes before the first stream; `upkeep.run`, `upkeep.recover` and `pictures.desk.run` go on beside;
    `upkeep.stop` comes after the last stream.
    """

    archive: ArchiveService
    pictures: Pictures
    upkeep: Upkeep
    catalog: Catalog
    viewings: Viewings
    threads: Threads
    disk: DiskCounters

    def routers(self) -> tuple[APIRouter, ...]:
        return recording_routes(self.catalog, self.viewings, self.threads), picture_routes(self.pictures, self.viewings)

    async def open(self) -> None:
        for root in self.archive.roots:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        self.archive.tell_loop = loop.call_soon_threadsafe
        self.archive.pool.open()
        await self.upkeep.start()

    # What is told of streams; both halves of this room want to know.

    def stream_started(self, stream_id: str, source: str, department: str, utc_us: int) -> None:
        self.archive.stream_started(stream_id, source, department, utc_us)
        self.pictures.stream_started(stream_id, source, department)

    def stream_lost(self, stream_id: str, utc_us: int) -> None:
        self.archive.stream_lost(stream_id, utc_us)

    def stream_resumed(self, stream_id: str, source: str, department: str, utc_us: int) -> None:
        self.archive.stream_resumed(stream_id, source, department, utc_us)
        self.pictures.stream_started(stream_id, source, department)

    def stream_ended(self, stream_id: str, utc_us: int, reason: str) -> None:
        self.archive.stream_ended(stream_id, utc_us, reason)
        self.pictures.stream_ended(stream_id)

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        archive, desk = self.archive, self.pictures.desk
        pool = archive.pool.counters
        yield Reading("archive_recordings_open", len(archive.by_id), "Recordings that are open.", kind="gauge")
        yield Reading("archive_queue_bytes", pool.queued_bytes, "What waits for the disk.", kind="gauge")
        yield Reading("archive_queue_most_bytes", pool.most_queued_bytes, "The most that ever waited.", kind="gauge")
        yield Reading("archive_syncs", self.disk.syncs, "Times that something was made durable.")
        yield Reading("archive_written_bytes", self.disk.bytes, "Written to recordings and their indexes.")
        yield Reading("archive_batches", pool.batches, "Turns of the writing threads.")
        for number, room in enumerate(archive.space.rooms):
            yield Reading("archive_free_bytes", room.free, "Free space.", {"folder": str(number)}, kind="gauge")
        for name, count in asdict(archive.counters).items():
            yield Reading("archive_events", count, "What became of recordings.", {"what": name})
        for name, count in asdict(desk.counters).items():
            yield Reading("pictures_events", count, "What became of sampled pictures.", {"what": name})
        yield Reading("archive_dropped", pool.refused_jobs, "No room in a queue.", {"what": "jobs"})


def assemble(outside: Outside, roots: Sequence[Path], layers: tuple[Layer, ...], limits: ArchiveLimits) -> ArchiveRoom:
    disk = LocalDisk(DiskCounters())
    archive = ArchiveService(
        frames=outside.frames,
        bus=outside.bus,
        world=outside.world,
        limits=limits,
        roots=roots,
        layers=layers,
        disk=disk,
        pool=WriterPool(limits.pool),
        space=SpaceWatch(roots, limits.space),
        tell_loop=lambda callback: callback(),
    )
    store = RecordingStore(outside.database)
    catalog = Catalog(archive, store, outside.names)
    return ArchiveRoom(
        archive=archive,
        pictures=Pictures(archive, outside.frames, outside.threads, outside.report),
        upkeep=Upkeep(archive, store, outside.threads, Ballast(roots[0], limits.space.ballast_bytes), outside.report),
        catalog=catalog,
        viewings=Viewings(catalog, outside.recorder, outside.world),
        threads=outside.threads,
        disk=disk.counters,
    )
