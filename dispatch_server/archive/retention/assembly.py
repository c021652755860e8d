"""Puts retention together out of what wiring hands in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fastapi import APIRouter

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.retention.clock_watch import ClockWatch
from dispatch_server.archive.retention.clocks import Tolerance
from dispatch_server.archive.retention.destructions import WAIT_DAYS, DestructionService
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.holds import HoldService
from dispatch_server.archive.retention.keeping import Keeping
from dispatch_server.archive.retention.list_store import ListStore
from dispatch_server.archive.retention.policies import Policies
from dispatch_server.archive.retention.ports import ClockPort, HeadPort, LinksPort, Unlinked
from dispatch_server.archive.retention.purge import seal_of
from dispatch_server.archive.retention.purging import Purging
from dispatch_server.archive.retention.routes import destruction_routes, hold_routes, keeping_routes
from dispatch_server.archive.retention.storage import Storage
from dispatch_server.archive.retention.upkeep import Cadence, RetentionUpkeep
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Kind, Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that retention needs of others."""

    room: ArchiveRoom
    database: Database
    threads: Threads
    recorder: Recorder
    clocks: ClockPort
    heads: HeadPort
    report: Callable[[str, BaseException], None]


@dataclass(frozen=True, slots=True)
class Bounds:
    policy_file: Path
    tolerance: Tolerance = field(default_factory=Tolerance)
    cadence: Cadence = field(default_factory=Cadence)
    wait_days: int = WAIT_DAYS
    proposes: bool = True


@dataclass(frozen=True, slots=True)
class RetentionRoom:
    """`open` comes before the first request; `upkeep.run` goes on beside. `holds` is for the cases' room."""

    holds: HoldService
    destructions: DestructionService
    purging: Purging
    policies: Policies
    clock: ClockWatch
    storage: Storage
    upkeep: RetentionUpkeep

    async def open(self) -> None:
        """Raises PolicyWrong, which names the lines."""
        await self.policies.open()
        await self.clock.open()

    def link(self, links: LinksPort) -> None:
        """Other rooms' facts, once wiring has them."""
        self.destructions.keeping.links = links

    def routers(self) -> tuple[APIRouter, ...]:
        keeping = keeping_routes(self.holds, self.destructions, self.storage)
        return keeping, hold_routes(self.holds), destruction_routes(self.destructions)

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        upkeep, newest = self.upkeep, self.storage.newest
        believed = int(self.clock.newest.believed)
        yield Reading("retention_clock_believed", believed, "1 while the wall clock is believed.", kind="gauge")
        yield Reading("retention_holds", upkeep.standing_holds, "Holds that stand.", kind="gauge")
        yield Reading("retention_lists_open", upkeep.open_lists, "Destruction lists under way.", kind="gauge")
        yield Reading("storage_bytes_per_day", newest.bytes_per_day, "Recorded a day, of 14 days.", kind="gauge")
        yield Reading("storage_full_in_days", self.storage.full_in_days(), "-1: not in ten years.", kind="gauge")
        for name, count in asdict(self.purging.counters).items():
            yield Reading("retention_purges", count, "What became of what was to be destroyed.", {"what": name})


def assemble(outside: Outside, bounds: Bounds) -> RetentionRoom:
    archive = outside.room.archive
    store, lists = HoldStore(outside.database), ListStore(outside.database)
    policies = Policies(bounds.policy_file, store, outside.recorder, outside.threads, archive.trouble)
    clock = ClockWatch(outside.clocks, outside.heads, store, outside.recorder, archive.trouble, bounds.tolerance)
    keeping = Keeping(Unlinked(), store, policies)

    async def sealed(recording_ids: Sequence[str]) -> set[str]:
        found = set()
        for identity, recording in (await lists.recordings(recording_ids)).items():
            place = folder_of(recording.card)
            if await outside.threads.run(Kind.DISK, seal_of, archive.roots, place) is not None:
                found.add(identity)
        return found

    async def of_case(case_id: str) -> Sequence[str]:
        return await keeping.links.recordings_of_case(case_id)

    holds = HoldService(
        store, lists, clock, outside.recorder, archive.world, archive.bus, outside.room.catalog.find, sealed, of_case
    )
    destructions = DestructionService(
        lists, keeping, clock, outside.recorder, archive.world, archive.bus, bounds.wait_days
    )
    purging = Purging(destructions, archive.roots, outside.threads, archive.trouble, outside.report)
    limits = archive.limits.space

    def refuse_bytes(total: int) -> int:
        return max(limits.refuse_bytes, int(total * (100 - limits.refuse_percent) / 100))

    storage = Storage(lists, archive.space, policies, archive.world, refuse_bytes, bounds.wait_days)
    upkeep = RetentionUpkeep(
        clock, policies, holds, destructions, purging, storage, archive.world.monotonic, outside.report,
        bounds.cadence, bounds.proposes,
    )  # fmt: skip
    return RetentionRoom(holds, destructions, purging, policies, clock, storage, upkeep)
