"""Puts the sealing of recordings together out of what wiring hands in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import APIRouter

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.seals.key_record import EvidenceKeys
from dispatch_server.archive.seals.limits import SealLimits
from dispatch_server.archive.seals.proofs import Proofs
from dispatch_server.archive.seals.rereading import Rereading
from dispatch_server.archive.seals.routes import proof_routes
from dispatch_server.archive.seals.scrub import Scrub
from dispatch_server.archive.seals.service import SealService
from dispatch_server.archive.seals.slowly import SlowReader
from dispatch_server.archive.seals.store import SealStore
from dispatch_server.identity.recording import Recorder
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database


@dataclass(frozen=True, slots=True)
class SealRoom:
    """The keys open first; `seals.run` and `scrub.run` go on beside the streams."""

    seals: SealService
    scrub: Scrub
    reading: Rereading
    proofs: Proofs

    def router(self) -> APIRouter:
        return proof_routes(self.proofs)

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        seals, reader = self.seals, self.seals.reader
        yield Reading("archive_sealed", seals.sealed, "Recordings that were sealed here.")
        yield Reading("archive_unsealed", seals.waiting, "Closed recordings that wait for their seal.", kind="gauge")
        yield Reading("archive_damaged", seals.damaged, "Sealed recordings that are not what they were.", kind="gauge")
        yield Reading("archive_scrubbed", self.scrub.scrubbed, "Sealed recordings that were read again.")
        yield Reading("archive_reread_bytes", reader.bytes_read, "Read to seal recordings and to read them again.")
        yield Reading("archive_reread_stood_back", reader.stood_back, "Times that this waited for the recorder.")


def assemble_seals(
    archive: ArchiveRoom,
    database: Database,
    keys: EvidenceKeys,
    recorder: Recorder,
    limits: SealLimits,
    report: Callable[[str, BaseException], None],
) -> SealRoom:
    service, recordings = archive.archive, archive.catalog.store
    counters = service.pool.counters
    reader = SlowReader(archive.threads, service.world, limits, lambda: counters.queued_bytes)
    store = SealStore(database)
    seals = SealService(service, store, recordings, keys, archive.threads, recorder, reader, limits, report)
    archive.catalog.seals = store
    reading = Rereading(seals, database)
    return SealRoom(seals, Scrub(seals, reading), reading, Proofs(archive.catalog, seals))
