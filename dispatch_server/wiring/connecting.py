"""Connects the rooms around recordings with each other, once all of them are built."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.bucket.service import BucketService
from dispatch_server.archive.coverage.assembly import CoverageRoom
from dispatch_server.archive.coverage.service import CoverageService
from dispatch_server.archive.exports.assembly import ExportsRoom
from dispatch_server.archive.retention.assembly import RetentionRoom
from dispatch_server.archive.seals.assembly import SealRoom
from dispatch_server.archive.uploads.assembly import UploadsPart
from dispatch_server.cases.service import CaseService
from dispatch_server.enforcement.assembly import EnforcementRoom
from dispatch_server.wiring.cases import CaseHolds
from dispatch_server.wiring.links import Links
from dispatch_server.wiring.shown import Shown

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


@dataclass(frozen=True, slots=True)
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
    links = Links(wiring.database, Shown(wiring.database), enforcement.lists, rooms.cases, rooms.exports.service.store)
    retention.link(links)
    rooms.archive.archive.local.is_important = lambda source: source in enforcement.under_way()
    wiring.state["rooms"] = rooms
