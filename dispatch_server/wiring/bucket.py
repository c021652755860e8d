"""Connects the bucket, where the settings name one: what is sealed is copied there, and fetched back when asked for."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.bucket.copying import Copying
from dispatch_server.archive.bucket.service import BucketService
from dispatch_server.archive.bucket.store import CopyStore
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("bucket")


def wire_bucket(wiring: "Wiring", archive: ArchiveRoom) -> BucketService | None:
    settings = wiring.settings.bucket
    if not settings.endpoint:
        return None

    from dispatch_server.runtime.bucket import Bucket  # nobody else waits for its library

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("bucket")
        _log.error("something failed", where=where, error=str(error)[:300])

    service = BucketService(
        settings,
        Copying(Bucket(settings, wiring.threads), wiring.threads, wiring.world),
        CopyStore(wiring.database),
        archive.archive.roots,
        wiring.threads,
        wiring.world,
        archive.archive.trouble,
        report,
    )
    archive.catalog.fetcher = service

    def readings() -> Iterable[Reading]:
        for name, count in asdict(service.counters).items():
            yield Reading("bucket_events", count, "What became of copies in the bucket.", {"what": name})

    async def open_bucket(scope: TaskScope) -> None:
        scope.start("bucket", service.run)

    wiring.counters.collect_from(readings)
    wiring.openings.append(open_bucket)
    return service
