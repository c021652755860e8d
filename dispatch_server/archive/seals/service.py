"""Seals every closed recording beside the streams, new ones and those from before. Lives on the loop."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card, Recording, Trouble
from dispatch_server.archive.seals.closing import Sealing
from dispatch_server.archive.seals.key_record import EvidenceKeys
from dispatch_server.archive.seals.limits import SealLimits
from dispatch_server.archive.seals.model import Findings, RecordingSealed, Sealed
from dispatch_server.archive.seals.slowly import SlowReader
from dispatch_server.archive.seals.store import Cursor, SealStore
from dispatch_server.archive.service import ArchiveService
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.errors import DispatchError
from dispatch_server.runtime.threads import Kind, Threads

ACTION = "recording.seal"
DAMAGE_LIMIT = 1000
_FIRST: Cursor = (-1, "")


@dataclass(slots=True)
class SealService:
    archive: ArchiveService
    rows: SealStore
    recordings: RecordingStore
    keys: EvidenceKeys
    threads: Threads
    recorder: Recorder
    reader: SlowReader
    limits: SealLimits
    report: Callable[[str, BaseException], None]
    sealed: int = 0
    waiting: int = 0
    kept_bytes: int = 0
    damaged: int = 0
    _totals_at: float | None = None
    _later: dict[str, float] = field(default_factory=dict)  # what could not be sealed, until when it is left

    async def run(self) -> None:
        while True:
            try:
                await self.round()
            except DispatchError as error:
                self.report("sealing", error)
            await asyncio.sleep(self.limits.tick_s)

    async def round(self) -> None:
        """Everything that is closed now."""
        after, now = _FIRST, self.archive.world.monotonic()
        if self._totals_at is None or now - self._totals_at >= self.limits.totals_s:
            self.kept_bytes, self.waiting, self.damaged = await self.rows.totals()
            self._totals_at = now
        while page := await self.rows.closed(after, self.limits.page):
            for after in page:
                if self._later.get(after[1], 0.0) <= self.archive.world.monotonic():
                    await self._try(after[1])

    async def _try(self, recording_id: str) -> None:
        try:
            recording = await self.recordings.find(recording_id)
            if recording is not None and await self.seal(recording):
                self._later.pop(recording_id, None)
                return
        except (DispatchError, OSError) as error:
            self.report(f"sealing {recording_id}", error)
        while len(self._later) >= self.limits.later:
            del self._later[next(iter(self._later))]
        self._later[recording_id] = self.archive.world.monotonic() + self.limits.later_s

    async def seal(self, recording: Recording) -> bool:
        """False when there is nothing to seal: no folder, or none that can be read as one. OSError, DispatchError."""
        card = recording.card
        places = await self.threads.run(Kind.GENERAL, places_of, self.archive.roots, card)
        if not places:
            return False
        sealing = Sealing(
            places,
            self.keys.present,
            self.keys.public,
            self.archive.world.utc_us(),
            self.archive.disk,
            self.limits.with_sm3,
        )
        await self.reader.run(sealing.steps(), self.limits.seal_bytes_s)
        damage = damage_of(sealing.findings)
        if sealing.seal is None:
            self.tell(card.id, "", damage)
            return False
        await self._sealed(recording, sealing, damage)
        return True

    async def _sealed(self, recording: Recording, sealing: Sealing, damage: str) -> None:
        card, seal = recording.card, sealing.seal
        if seal is None:
            return
        row = Sealed(card.id, seal.sealed_utc_us, seal.key, seal.chain, seal.sm3, damage=damage)
        suspect = sorted({fault.place.segment for fault in sealing.findings.faults if fault.place.segment})

        async def enter(connection: AsyncConnection) -> None:
            await self.recorder.enter_anyway(
                SystemCaller("archive"),
                ACTION,
                f"recording:{card.id}",
                department=card.department,
                connection=connection,
                source=card.source,
                key=seal.key,
                chain=seal.chain,
                whole=not damage,
            )

        if not await self.rows.seal(row, suspect, enter, self.archive.world.utc_us()):
            return
        self.sealed += 1
        self.tell(card.id, "", damage)
        self.archive.bus.publish(
            RecordingSealed(
                identity=self.archive.identity(),
                utc_us=self.archive.world.utc_us(),
                recording_id=card.id,
                department=card.department,
                source=card.source,
            )
        )

    def tell(self, recording_id: str, before: str, damage: str) -> None:
        """When something begins to be wrong with a recording, and when it is well again."""
        for trouble in (Trouble.SEAL_BROKEN, Trouble.DAMAGED):
            was, now = before.startswith(trouble), damage.startswith(trouble)
            if was is not now:
                self.archive.trouble(trouble, recording_id, now, damage.partition(": ")[2])


def damage_of(findings: Findings) -> str:
    """How the database keeps it: empty when nothing is wrong, else which trouble it is and what was found."""
    if findings.is_whole:
        return ""
    trouble = Trouble.SEAL_BROKEN if findings.broken_seal else Trouble.DAMAGED
    return f"{trouble}: {findings.said()}"[:DAMAGE_LIMIT]


def places_of(roots: Sequence[Path], card: Card) -> list[Path]:
    """Its folders, wherever its card lies."""
    found = (root / folders.folder_of(card) for root in roots)
    return [folder for folder in found if (folder / folders.CARD).exists()]
