"""Connects exports and derivatives: the evidence key, the ledger's acts, people, and what belongs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.archive.derivatives import assembly as made
from dispatch_server.archive.derivatives.limits import DerivativeLimits
from dispatch_server.archive.exports import assembly as leaving
from dispatch_server.archive.exports.limits import HOUR_US, ExportLimits
from dispatch_server.archive.exports.ports import SubjectPort
from dispatch_server.archive.model import Recording
from dispatch_server.archive.seals.assembly import SealRoom
from dispatch_server.archive.seals.model import Findings
from dispatch_server.audit.assembly import AuditRoom
from dispatch_server.audit.search import Query, search
from dispatch_server.audit.tree import inclusion_spans
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.kit.scope import COUNTY
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.settings import Settings
from dispatch_server.wiring.acts import BusOnRecord

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

CUSTODY_FORM = "dispatch.export.custody.v1"
MOST_ACTS, PAGE = 10_000, 500
_log = log_of("exports")


@dataclass(frozen=True, slots=True)
class LedgerCustody:
    """Acts about a few subjects, each proven to stand in the tree of one signed head."""

    audit: AuditRoom

    async def acts_about(self, subjects: Sequence[str]) -> dict[str, Any]:
        head = await self.audit.heads.sign()
        found: dict[int, bytes] = {}
        async with self.audit.store.database.reading() as connection:
            for subject in dict.fromkeys(subjects):
                before: int | None = head.size
                while before is not None and len(found) <= MOST_ACTS:
                    rows = await search(connection, Query(PAGE, COUNTY, subject=subject, before=before))
                    found.update((row.leaf_index, row.line) for row in rows)
                    before = rows[-1].leaf_index if len(rows) == PAGE else None
            acts = []
            for index in sorted(found)[-MOST_ACTS:]:
                steps = await self.audit.store.hashes(connection, inclusion_spans(index, head.size))
                acts.append({"line": found[index].decode("utf-8"), "proof": [step.hex() for step in steps]})
        return {"form": CUSTODY_FORM, "head": head.form(), "acts": acts, "truncated": len(found) > MOST_ACTS}


@dataclass(frozen=True, slots=True)
class People:
    store: PeopleStore

    async def knows(self, person_id: str) -> bool:
        return await self.store.by_id(person_id) is not None


@dataclass(frozen=True, slots=True)
class Originals:
    """Read as fast as sealing reads, for somebody waits."""

    seals: SealRoom

    async def lacking(self, recording: Recording) -> Sequence[int]:
        return await self.seals.reading.lacking(recording)

    async def read(self, recording: Recording) -> Findings:
        return await self.seals.scrub.read(recording, self.seals.seals.limits.seal_bytes_s)


def wire_exports(
    wiring: "Wiring",
    archive: ArchiveRoom,
    audit: AuditRoom,
    bus: BusOnRecord,
    seals: SealRoom,
    subjects: SubjectPort,
) -> tuple[leaving.ExportsRoom, made.DerivativesRoom]:
    """Both open behind the archive, whose recordings they read."""
    settings = wiring.settings
    roots = list(archive.archive.roots)

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("exports")
        _log.error("something failed", where=where, exc_info=error)

    outside = leaving.Outside(
        catalog=archive.catalog,
        viewings=archive.viewings,
        names=archive.catalog.names,
        subjects=subjects,
        people=People(PeopleStore(wiring.database)),
        custody=LedgerCustody(audit),
        originals=Originals(seals),
        key=lambda: seals.seals.keys,
        bus=bus,
        world=wiring.world,
        database=wiring.database,
        objects=wiring.objects,
        threads=wiring.threads,
        recorder=wiring.recorder,
        report=report,
    )
    exports = leaving.assemble(outside, roots, limits_of(settings))
    making = made.Outside(
        outside.catalog, outside.world, outside.database, outside.objects, outside.threads, outside.recorder,
        archive.viewings, exports.service.store, Path(settings.data_folder), report,
    )  # fmt: skip
    derivatives = made.assemble(making, roots, derivative_limits_of(settings))
    _open_both(wiring, exports, derivatives)
    return exports, derivatives


def _open_both(wiring: "Wiring", exports: leaving.ExportsRoom, derivatives: made.DerivativesRoom) -> None:
    for room in (exports, derivatives):
        wiring.routers.extend(room.routers())
        wiring.counters.collect_from(room.readings)

    async def open_exports(scope: TaskScope) -> None:
        scope.start("exports", exports.preparing.run)
        scope.start("derivatives", derivatives.making.run)

    wiring.openings.append(open_exports)
    wiring.state["exports"], wiring.state["derivatives"] = exports, derivatives


def limits_of(settings: Settings) -> ExportLimits:
    exports = settings.exports
    return ExportLimits(
        recordings=exports.recordings,
        asked_us=int(exports.asked_hours * HOUR_US),
        hours=exports.ready_hours,
        downloads=exports.downloads,
        sending=exports.sending,
        seal_wait_us=int(exports.seal_wait_s * 1_000_000),
        with_sm3=exports.sm3,
        fonts_folder=exports.fonts_folder,
    )


def derivative_limits_of(settings: Settings) -> DerivativeLimits:
    exports = settings.exports
    return DerivativeLimits(
        longest_s=exports.clip_s,
        longest_marked_s=exports.marked_s,
        waiting=exports.derivatives,
        output_bytes=settings.objects.object_bytes,
    )
