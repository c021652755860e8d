"""Connects the rooms around recordings with each other, once all of them are built."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.bucket.service import BucketService
from dispatch_server.archive.coverage.assembly import CoverageRoom
from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.model import Recording
from dispatch_server.archive.retention.assembly import RetentionRoom
from dispatch_server.archive.seals.assembly import SealRoom
from dispatch_server.archive.seals.model import RecordingSealed
from dispatch_server.archive.store import RecordingStore
from dispatch_server.archive.uploads.assembly import UploadsPart
from dispatch_server.archive.uploads.model import MasterEnded
from dispatch_server.cases.service import CaseService
from dispatch_server.enforcement.assembly import EnforcementRoom
from dispatch_server.runtime.scope import OnFailure, TaskScope
from dispatch_server.wiring.case_holds import extend_case_holds
from dispatch_server.wiring.cases import CaseFiles, CaseHolds
from dispatch_server.wiring.links import Links
from dispatch_server.wiring.shown import Shown

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


@dataclass(frozen=True, slots=True, repr=False)
class Rooms:
    archive: ArchiveRoom
    copies: BucketService | None
    seals: SealRoom
    enforcement: EnforcementRoom
    coverage: CoverageRoom
    uploads: UploadsPart
    retention: RetentionRoom
    cases: CaseService
    exports: ExportsRoom


@dataclass(frozen=True, slots=True)
class Lacking:
    """Uploads' LackingPort: what the ledger of coverage finds neither live nor from a master."""

    coverage: CoverageService

    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[tuple[int, int]]:
        found = await self.coverage.lacking(source, from_utc_us, to_utc_us)
        return [(span.from_utc_us, span.to_utc_us) for span in found]


def connect(wiring: "Wiring", rooms: Rooms) -> None:
    enforcement, retention = rooms.enforcement.service, rooms.retention
    rooms.uploads.lacking = Lacking(rooms.coverage.service)
    rooms.cases.holds = CaseHolds(retention.holds)
    enforcement.cases = CaseFiles(rooms.cases)
    links = Links(wiring.database, Shown(wiring.database), enforcement.lists, rooms.cases, rooms.exports.service.store)
    retention.link(links)
    rooms.archive.archive.local.is_important = lambda source: source in enforcement.under_way()
    retention.purging.verify = Verified(rooms.seals).damage
    if rooms.copies is not None:
        rooms.copies.in_use = rooms.exports.service.store.under_way  # packages are sent from the originals
    tell_sealed(wiring)
    extend_case_holds(wiring, retention.holds, rooms.cases)
    wiring.state["rooms"] = rooms


@dataclass(frozen=True, slots=True)
class Verified:
    """Reads a recording whole against its seal; what is wrong with it is told as the scrub tells it."""

    seals: SealRoom

    async def damage(self, recording: Recording) -> str:
        findings = await self.seals.scrub.read(recording)
        if findings.lacking:
            return f"segments are still to come: {', '.join(map(str, findings.lacking))}"
        if findings.unread:
            return "some of its media lie in the bucket, which does not answer"
        return "" if findings.is_whole else findings.said()


def tell_sealed(wiring: "Wiring") -> None:
    """A master that its terminal sealed is told of like one that was sealed here; an abandoned one is not."""
    world = wiring.world

    async def listen() -> None:
        async for event in wiring.bus.subscribe(MasterEnded, "masters sealed"):
            if not event.is_sealed:
                continue
            recording = await RecordingStore(wiring.database).find(event.recording_id)
            if recording is not None:
                wiring.bus.publish(
                    RecordingSealed(
                        identity=world.new_id(),
                        utc_us=world.utc_us(),
                        recording_id=event.recording_id,
                        department=recording.card.department,
                        source=event.source,
                    )
                )

    async def open_telling(scope: TaskScope) -> None:
        scope.start("masters sealed", listen, OnFailure.RESTART)

    wiring.openings.append(open_telling)
