"""What becomes of a whole segment, by whichever door it came: into the archive, into the database, then its receipt."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from dispatch_server.archive.disk import Disk
from dispatch_server.archive.model import Card, Trouble, TroubleChanged
from dispatch_server.archive.space import Level
from dispatch_server.archive.uploads.intake import Contradiction, Taken, take
from dispatch_server.archive.uploads.keys import FootageKeys
from dispatch_server.archive.uploads.model import (
    AnnouncedSegment,
    SegmentBackfilled,
    UploadCounters,
    UploadRejected,
)
from dispatch_server.archive.uploads.ports import BusPort, EvidenceKeyPort, SpacePort, WorldPort
from dispatch_server.archive.uploads.refusals import ArchiveFull, FootageRefused, of_disk
from dispatch_server.archive.uploads.store import MasterStore
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.masters import Receipt, signed_part
from dispatch_server.runtime.threads import Kind, Threads

ACTION = "terminal.upload"
OPENER = SystemCaller("uploads")
P = ParamSpec("P")
T = TypeVar("T")
OpenSealed = Callable[[], AbstractContextManager[BinaryIO]]


@dataclass(slots=True)
class Keeper:
    """`footage` and `evidence` are there once the node's keys are open."""

    world: WorldPort
    bus: BusPort
    store: MasterStore
    threads: Threads
    recorder: Recorder
    disk: Disk
    roots: Sequence[Path]
    space: SpacePort
    footage: Callable[[], FootageKeys]
    evidence: Callable[[], EvidenceKeyPort]
    counters: UploadCounters = field(default_factory=UploadCounters)

    async def keep(self, card: Card, announced: AnnouncedSegment, index: bytes, open_sealed: OpenSealed) -> Receipt:
        """
        Idempotent: the same segment again has the same receipt. Raises FootageRefused, ArchiveFull, OSError, and
        what the database raises; then nothing was acknowledged, and it can be tried again.
        """
        known = await self.store.segment(card.id, announced.number)
        root = self._root()
        key = self.footage().private

        def taken_in() -> Taken:
            with open_sealed() as sealed:
                return take(sealed, index, card, announced.number, (root, self.roots[root]), key, self.disk)

        try:
            taken = await self.threads.run(Kind.DISK, taken_in)
        except MalformedFootage as error:
            self._reject(card, announced.number, error)
            raise FootageRefused(error.sentence) from None
        if known is not None and known.receipt is not None:
            self.counters.repeated += 1
            return known.receipt
        return await self._acknowledge(card, announced, taken)

    async def on_disk(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """In a thread. Raises DiskFailed or ArchiveFull instead of OSError."""
        try:
            return await self.threads.run(Kind.DISK, function, *args, **named)
        except OSError as error:
            self.counters.disk_faults += 1
            raise of_disk(error) from error

    def _root(self) -> int:
        found = next((n for n, level in enumerate(self.space.levels) if level < Level.STOP), None)
        if found is None:
            raise ArchiveFull
        return found

    async def _acknowledge(self, card: Card, announced: AnnouncedSegment, taken: Taken) -> Receipt:
        """From here on the terminal may give up its copy."""
        receipt = self._receipt(card, announced, taken.digest)
        async with self.store.transaction() as connection:
            await self.store.keep(connection, taken.segment, receipt)
            await self.store.heard(connection, card.id, receipt.utc_us)
            await self.recorder.enter_anyway(
                OPENER,
                ACTION,
                f"recording:{card.id}",
                department=card.department,
                connection=connection,
                source=card.source,
                segment=announced.number,
                digest=taken.digest,
            )
        self.counters.segments_kept += 1
        self.bus.publish(
            SegmentBackfilled(
                identity=self.world.new_id(),
                utc_us=receipt.utc_us,
                recording_id=card.id,
                source=card.source,
                number=announced.number,
                from_utc_us=announced.from_utc_us,
                to_utc_us=announced.to_utc_us,
            )
        )
        return receipt

    def _receipt(self, card: Card, announced: AnnouncedSegment, digest: str) -> Receipt:
        evidence = self.evidence()
        receipt = Receipt(
            recording=card.id,
            segment=announced.number,
            bytes=announced.bytes,
            digest=digest,
            chain=announced.chain,
            utc_us=self.world.utc_us(),
            key_id=evidence.thumbprint,
        )
        return receipt.model_copy(update={"signature": evidence.sign(signed_part(receipt)).hex()})

    def _reject(self, card: Card, number: int, error: MalformedFootage) -> None:
        self.counters.rejected += 1
        utc_us = self.world.utc_us()
        self.bus.publish(
            UploadRejected(
                identity=self.world.new_id(),
                utc_us=utc_us,
                recording_id=card.id,
                source=card.source,
                number=number,
                reason=error.sentence,
            )
        )
        if isinstance(error, Contradiction):
            self.contradicted(card.id, f"segment {number}: another content is kept under this number")

    def contradicted(self, recording_id: str, detail: str) -> None:
        """Somebody says two things of the same footage: one of them is not true."""
        self.counters.contradicted += 1
        self.bus.publish(
            TroubleChanged(
                identity=self.world.new_id(),
                utc_us=self.world.utc_us(),
                trouble=Trouble.MASTER_CONTRADICTED,
                subject=recording_id,
                begins=True,
                detail=detail,
            )
        )
