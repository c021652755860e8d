"""Connects the sealing of recordings: the node's evidence key, the archive's folders, an authority that stamps."""

from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.seals.assembly import SealRoom, assemble_seals
from dispatch_server.archive.seals.key_record import EvidenceKeys
from dispatch_server.archive.seals.limits import SealLimits
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Kind

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

STAMP_S = 10.0
_log = log_of("archive")


def wire_seals(wiring: "Wiring", archive: ArchiveRoom) -> SealRoom:
    """It opens after the archive. `room.seals.keys` is the evidence key for all who sign with it, once it is open."""
    settings = wiring.settings.archive

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("seals")
        _log.error("something failed", where=where, exc_info=error)

    keys = EvidenceKeys(wiring.keys, wiring.world)
    limits = SealLimits(with_sm3=settings.sm3, scrub_days=settings.scrub_days)
    room = assemble_seals(archive, wiring.database, keys, wiring.recorder, limits, report)
    wiring.routers.append(room.router())
    wiring.counters.collect_from(room.readings)

    async def open_seals(scope: TaskScope) -> None:
        await wiring.threads.run(Kind.GENERAL, keys.open)
        scope.start("sealing", room.seals.run)
        if settings.scrub_days:
            scope.start("scrub", room.scrub.run)
        if settings.timestamp_url:
            from dispatch_server.archive.seals.stamps import Stamps
            from dispatch_server.runtime.stamping import Way

            stamps = Stamps(room.seals, Way(settings.timestamp_url, STAMP_S), settings.timestamp_ca)
            scope.start("time stamps", stamps.run)

    wiring.openings.append(open_seals)
    return room
