"""Reads a recording again against its seal, the register's keys, and what the database knows of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.store import CopyStore
from dispatch_server.archive.model import Card, Origin, Recording
from dispatch_server.archive.seals.away import AwayWalk
from dispatch_server.archive.seals.known import Announced, Known
from dispatch_server.archive.seals.model import Findings, Kind, Place, Trust
from dispatch_server.archive.seals.service import SealService, places_of
from dispatch_server.archive.seals.verify import Verification
from dispatch_server.archive.seals.whole import Segment
from dispatch_server.archive.uploads.store import MasterStore
from dispatch_server.kit.errors import Absent, Conflict, Unavailable
from dispatch_server.protocol.seals import PublicKey
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Kind as Threads


class DevicesPort(Protocol):
    async def keys_of(self, terminal: str) -> Mapping[str, PublicKey]:
        """Every key that was ever enrolled for it, by its thumbprint, the oldest first."""


class BucketPort(Protocol):
    def read_copy(self, card: Card, name: str) -> AsyncIterator[bytes]:
        """A file of a recording as it lies in the bucket. Raises Unavailable, Absent, Conflict."""


@dataclass(slots=True)
class Rereading:
    """`devices` None: no register is known, as in a test; `bucket` None: this node has none."""

    seals: SealService
    database: Database
    devices: DevicesPort | None = None
    bucket: BucketPort | None = None

    async def read(self, recording: Recording, bytes_s: float) -> Findings:
        """Not faster than so many bytes a second, those in the bucket included. Raises OSError, DispatchError."""
        seals, card = self.seals, recording.card
        places = await seals.threads.run(Threads.GENERAL, places_of, seals.archive.roots, card)
        verification = Verification(places, await self._trust(card), known=await self._known(recording))
        await seals.reader.run(verification.steps(), bytes_s)
        findings, whole = verification.findings, verification.whole
        if whole.away and verification.known is not None and verification.known.is_copied and self.bucket is not None:
            away = [segment for segment in whole.segments if segment.number in whole.away]
            findings.unread = [one.number for one in away if not await self._read_copy(findings, card, one, bytes_s)]
        return findings

    async def lacking(self, recording: Recording) -> list[int]:
        """Segments of a master that were announced, and that its terminal still has to send."""
        return sorted((await self._known(recording)).lacking())

    async def _trust(self, card: Card) -> Trust:
        evidence = self.seals.keys.public
        if self.devices is None or card.origin != Origin.TERMINAL:
            return Trust(evidence=evidence)
        return Trust(evidence=evidence, devices=await self.devices.keys_of(card.source), of_one_terminal=True)

    async def _known(self, recording: Recording) -> Known:
        identity = recording.card.id
        announced: tuple[Announced, ...] = ()
        if recording.card.origin == Origin.TERMINAL:
            rows = await MasterStore(self.database).segments_of(identity)
            announced = tuple(Announced(one.number, one.chain, one.receipt is not None) for one in rows)
        sealed = await self.seals.rows.find(identity)
        return Known(recording, sealed, announced, await CopyStore(self.database).is_copied(identity))

    async def _read_copy(self, findings: Findings, card: Card, segment: Segment, bytes_s: float) -> bool:
        """False when the bucket does not answer now."""
        if self.bucket is None:
            return False
        walk, size = AwayWalk(segment.number, segment.lines, findings.fault), 0
        try:
            async for data in self.bucket.read_copy(card, folders.media_name(segment.number)):
                walk.feed(data)
                size += len(data)
                await self.seals.reader.rest(len(data), bytes_s)
        except Unavailable:
            return False
        except (Absent, Conflict) as error:
            findings.fault(Kind.MEDIA, f"the bucket's copy cannot be read: {error.sentence}", Place(segment.number))
            return True
        walk.end()
        if walk.behind:
            findings.fault(Kind.STRAY, "no line announces bytes of the bucket's copy", Place(segment.number))
        findings.bytes += size
        return True
