"""A terminal tells of its masters: it registers one and sends the index of each segment."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card, Recording, State
from dispatch_server.archive.uploads.intake import last_fragment_of, sealed_bytes, verdict_of
from dispatch_server.archive.uploads.keeping import Keeper
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.model import AnnouncedSegment, MasterRegistered
from dispatch_server.archive.uploads.refusals import (
    IndexLacking,
    IndexRefused,
    MasterContradicted,
    MasterEndedAlready,
    MasterUnknown,
    QuotaReached,
)
from dispatch_server.archive.uploads.spool import Spool
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.protocol.footage import GENESIS, MalformedFootage, Verdict
from dispatch_server.protocol.masters import INDEX_LIMIT_BYTES, MasterCard
from dispatch_server.runtime.threads import Kind

ACTION = "terminal.master"
ABANDONED = "not heard of for too long"


def is_abandoned(recording: Recording) -> bool:
    """Closed by its silence alone, and perhaps held since: its terminal may still come back with the rest."""
    return recording.state in (State.CLOSED, State.HELD) and recording.reason == ABANDONED


@dataclass(slots=True)
class Announcing:
    keeper: Keeper
    spool: Spool
    limits: UploadLimits

    async def find(self, caller: TerminalCaller, recording_id: str) -> Recording:
        """Raises MasterUnknown, for another terminal's as well."""
        found = await self.keeper.store.find(recording_id)
        if found is None or found.card.source != caller.number:
            raise MasterUnknown
        return found

    async def register(self, caller: TerminalCaller, given: MasterCard) -> tuple[Recording, bool]:
        """The master, and whether it is new. The register's department counts, not the one that the card names."""
        if given.source != caller.number:
            raise MasterUnknown
        plain = given.model_dump(exclude={"format"}) | {"department": caller.department}
        card, store = Card(**plain), self.keeper.store
        known = await store.find(card.id)
        if known is not None and known.card.source == caller.number:
            if replace(known.card, department="") != replace(card, department=""):
                self.keeper.contradicted(card.id, "another card under this identity")
                raise MasterContradicted("card")
            return known, False
        if known is not None or await store.is_taken(card.id):
            raise MasterContradicted("card")
        if await store.open_masters(caller.number) >= self.limits.masters_of_terminal:
            raise QuotaReached("This terminal has too many masters that did not end.")
        await self._begin(caller, card)
        return Recording(card, ended_utc_us=card.opened_utc_us), True

    async def _begin(self, caller: TerminalCaller, card: Card) -> None:
        keeper, utc_us = self.keeper, self.keeper.world.utc_us()
        folder = keeper.roots[0] / folders.folder_of(card)
        await keeper.on_disk(self._write_once, folder, {folders.CARD: folders.write_card(card)})
        async with keeper.store.transaction() as connection:
            await keeper.store.begin(connection, card, utc_us)
            await keeper.recorder.enter_anyway(
                caller,
                ACTION,
                f"recording:{card.id}",
                department=card.department,
                connection=connection,
                happening="registered",
                enforcement=card.enforcement,
            )
        keeper.bus.publish(
            MasterRegistered(
                identity=keeper.world.new_id(),
                utc_us=utc_us,
                recording_id=card.id,
                source=card.source,
                enforcement=card.enforcement,
            )
        )

    async def take_index(self, recording: Recording, number: int, data: bytes) -> AnnouncedSegment:
        """Its chain must follow the segment before. Idempotent; another one under this number is a contradiction."""
        store, recording_id = self.keeper.store, recording.card.id
        digest = hashlib.sha256(data).hexdigest()
        known = await store.segment(recording_id, number)
        if known is not None:
            if known.index_digest == digest:
                if known.receipt is None:  # again: the row may be older than the disk
                    await self.keeper.on_disk(self.spool.keep_index, recording_id, number, data)
                return known
            self.keeper.contradicted(recording_id, f"segment {number}: another index")
            raise MasterContradicted("index")
        if recording.state is not State.OPEN and not is_abandoned(recording):
            raise MasterEndedAlready
        previous = await store.segment(recording_id, number - 1) if number > 1 else None
        if number > 1 and previous is None:
            raise IndexLacking(number - 1)
        announced = await self.keeper.on_disk(self.read, recording_id, number, data, previous)
        await self.keeper.on_disk(self.spool.keep_index, recording_id, number, data)
        async with store.transaction() as connection:
            await store.announce(connection, announced)
            await store.heard(connection, recording_id, self.keeper.world.utc_us())
        return announced

    def read(self, recording_id: str, number: int, data: bytes, previous: AnnouncedSegment | None) -> AnnouncedSegment:
        """What an index announces. Raises IndexRefused."""
        try:
            verdict = verdict_of(data, recording_id, number)
        except MalformedFootage as error:
            raise IndexRefused(error.sentence) from None
        self._check_place(verdict, previous)
        fragments = verdict.fragments()
        before = previous.last_fragment if previous is not None else 0
        if fragments and fragments[0].number != before + 1:
            raise IndexRefused("a fragment is missing between two segments")
        if any(one.bytes > self.limits.part_bytes for one in fragments):
            raise IndexRefused("a fragment is larger than is taken here")
        head = verdict.head
        assert head is not None and verdict.chain is not None
        ended_us = max((one.utc_us + one.duration_us for one in fragments), default=head.utc_us)
        return AnnouncedSegment(
            recording=recording_id,
            number=number,
            index_digest=hashlib.sha256(data).hexdigest(),
            chain=verdict.chain.hex(),
            bytes=verdict.end,
            sealed_bytes=sealed_bytes(verdict),
            from_utc_us=head.utc_us,
            to_utc_us=ended_us,
            last_fragment=last_fragment_of(verdict) or before,
            gaps=len(verdict.gaps()),
        )

    def _check_place(self, verdict: Verdict, previous: AnnouncedSegment | None) -> None:
        head = verdict.head
        assert head is not None
        wanted = previous.chain if previous is not None else GENESIS.hex()
        if head.previous != wanted:
            raise IndexRefused("it does not follow the segment before")

    async def index_of(self, card: Card, announced: AnnouncedSegment) -> bytes:
        """As it was sent."""
        return await self.keeper.threads.run(Kind.DISK, self._index_of, card, announced.number)

    def _index_of(self, recording: Card, number: int) -> bytes:
        """From the spool; after a receipt from the archive, for the same upload once more."""
        try:
            return self.spool.read_index(recording.id, number)
        except FileNotFoundError:
            place = folders.folder_of(recording) / folders.index_name(number)
            found = next((root / place for root in self.keeper.roots if (root / place).exists()), None)
            if found is None:
                raise
            with found.open("rb") as file:
                return file.read(INDEX_LIMIT_BYTES + 1)

    async def heard(self, recording_id: str) -> None:
        async with self.keeper.store.transaction() as connection:
            await self.keeper.store.heard(connection, recording_id, self.keeper.world.utc_us())

    def _write_once(self, folder: Path, files: Mapping[str, bytes]) -> None:
        """What is there already is not touched: it is the same, or somebody else's."""
        self.keeper.disk.make_folder(folder)
        for name, data in files.items():
            if not (folder / name).exists():
                self.keeper.disk.write_whole(folder / name, data)
