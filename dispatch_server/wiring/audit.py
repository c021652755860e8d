"""Builds the ledger of acts from the settings and opens it before the rooms that put acts on record."""

from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.audit.assembly import STAMPS, AuditRoom, Bounds, Ground
from dispatch_server.audit.limits import Cadence, JournalLimits, LedgerLimits
from dispatch_server.audit.routes import ledger_routes
from dispatch_server.audit.witness import Deliver, HeadFile
from dispatch_server.settings import LedgerSettings

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring


def build_audit(settings: LedgerSettings, ground: Ground) -> AuditRoom:
    bounds = Bounds(
        LedgerLimits(settings.wait_s, settings.queue),
        JournalLimits(settings.journal_queue, settings.journal_bytes),
        Cadence(settings.head_s, settings.head_acts),
        settings.witness_queue,
    )
    return AuditRoom(ground, bounds, _witnesses(settings, ground))


def wire_audit(wiring: "Wiring", room: AuditRoom) -> None:
    """Guards and rooms find the recorder in `wiring.recorder` and in the application's state."""
    wiring.state["recorder"] = wiring.recorder
    wiring.openings.append(room.open)
    wiring.routers.append(ledger_routes(room, wiring.recorder, wiring.world))


def _witnesses(settings: LedgerSettings, ground: Ground) -> dict[str, Deliver]:
    found: dict[str, Deliver] = {}
    if settings.witness_file:
        found["file"] = HeadFile(Path(settings.witness_file), ground.threads).deliver
    if settings.witness_url or settings.tsa_url:
        found |= _remote(settings, ground)
    return found


def _remote(settings: LedgerSettings, ground: Ground) -> dict[str, Deliver]:
    from dispatch_server.audit.remote import HeadHost, TimeStamps
    from dispatch_server.runtime.stamping import Way

    found: dict[str, Deliver] = {}
    if settings.witness_url:
        way = Way(settings.witness_url, settings.witness_s, settings.witness_ca)
        found["host"] = HeadHost(way, settings.witness_token).deliver
    if settings.tsa_url:
        way = Way(settings.tsa_url, settings.witness_s, settings.witness_ca)
        stamps = ground.folder / STAMPS
        found["tsa"] = TimeStamps(way, settings.tsa_ca, settings.tsa_s, stamps, ground.threads, ground.world).deliver
    return found
