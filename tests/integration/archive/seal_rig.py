"""The archive room with its sealing, over the rig's own database, files, threads and clock."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dispatch_server.archive.disk import Disk
from dispatch_server.archive.folders import folder_of
from dispatch_server.archive.model import Trouble, TroubleChanged
from dispatch_server.archive.seals.assembly import SealRoom, assemble_seals
from dispatch_server.archive.seals.key_record import EvidenceKeys
from dispatch_server.archive.seals.limits import SealLimits
from dispatch_server.runtime.keys import KeyRing
from tests.integration.archive.clips import frames
from tests.integration.archive.rig import DEPARTMENT, Rig
from tests.ledgers import recorder_over


def with_seals(rig: Rig, disk: Disk | None = None, **limits: object) -> SealRoom:
    """Nothing runs by itself: the test calls `seals.round` and `scrub.one`."""
    ring = KeyRing(rig.folder / "data", rig.world)  # type: ignore[arg-type]
    ring.open()
    keys = EvidenceKeys(ring, rig.world)  # type: ignore[arg-type]
    keys.open()
    if disk is not None:
        rig.room.archive.disk = disk
    report: Callable[[str, BaseException], None] = lambda where, error: rig.reports.append((where, error))  # noqa: E731
    recorder = recorder_over(rig.world, rig.ledger)
    made = replace(SealLimits(), **limits)  # type: ignore[arg-type]
    room = assemble_seals(rig.room, rig.room.catalog.store._database, keys, recorder, made, report)
    rig.app.include_router(room.router())
    return room


def troubles(rig: Rig) -> list[TroubleChanged]:
    """Of seals: how full this machine's disk is, is another matter."""
    mine = (Trouble.DAMAGED, Trouble.SEAL_BROKEN, Trouble.STAMPS_AWAY)
    return [event for event in rig.of(TroubleChanged) if event.trouble in mine]


async def recorded(rig: Rig, seconds: int = 3, stream_id: str = "stream-1", department: str = DEPARTMENT) -> Path:
    """The folder of a closed recording."""
    recording_id = await rig.start(stream_id, department)
    rig.hub.give(stream_id, frames(seconds, start_us=rig.world.utc))
    rig.world.pass_s(seconds)
    await rig.end(stream_id)
    found = await rig.room.catalog.store.find(recording_id)
    assert found is not None
    return rig.roots[0] / folder_of(found.card)
