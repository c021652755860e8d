"""Connects what a node does for its own keeping: the daily backup, the eye on its certificate."""

from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.runtime.scope import TaskScope

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


def wire_operations(wiring: "Wiring") -> None:
    """Only where the settings name a folder or a certificate."""
    settings = wiring.settings
    if settings.server.tls_certificate:
        from dispatch_server.ops.daily import CertificateWatch

        watch = CertificateWatch(Path(settings.server.tls_certificate), wiring.world)
        wiring.counters.collect_from(watch.readings)

        async def open_watch(scope: TaskScope) -> None:
            scope.start("certificate watch", watch.run)

        wiring.openings.append(open_watch)
    if settings.backup.folder:
        from dispatch_server.ops.daily import DailyBackup

        backup = DailyBackup(settings, wiring.threads, wiring.world)
        wiring.counters.collect_from(backup.readings)

        async def open_backup(scope: TaskScope) -> None:
            scope.start("daily backup", backup.run)

        wiring.openings.append(open_backup)
