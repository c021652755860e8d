"""Connects what a node does for its own keeping: the daily backup, the eye on its certificate."""

from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.threads import Kind
from dispatch_server.runtime.world import World

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

FOLDER = "escrow"  # so named by ops/escrow.py, which is loaded only where there is one
_log = log_of("keys")


def wire_operations(wiring: "Wiring") -> None:
    """The watch and the backup only where the settings name a certificate or a folder."""
    settings = wiring.settings

    async def open_escrow(_: TaskScope) -> None:
        # The last of all rooms: by now each of them has made its keys.
        await wiring.threads.run(Kind.GENERAL, _seal_new_keys, Path(settings.data_folder), wiring.world)

    wiring.openings.append(open_escrow)
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


def _seal_new_keys(data_folder: Path, world: World) -> None:
    if not (data_folder / FOLDER).is_dir():
        return
    from dispatch_server.ops.escrow import Escrow, EscrowRefused

    escrow = Escrow(data_folder, world)
    if not escrow.is_set_up:
        return
    try:
        found = escrow.keep_current()
    except (EscrowRefused, OSError) as error:
        _log.error("the sealed copy of the keys cannot be kept", reason=str(error))
        return
    if found.suspicious:
        _log.error("keys are not those that were sealed; nothing was sealed anew", files=list(found.suspicious))
    elif found.added or found.changed:
        _log.info("keys sealed for the same shares", files=[*found.added, *found.changed])
