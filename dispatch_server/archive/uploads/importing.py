"""A terminal's card, or a copy of its masters, comes in by the same door as what is uploaded: the same checks."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from dispatch_server.archive import folders
from dispatch_server.archive.model import State
from dispatch_server.archive.uploads.announcing import Announcing
from dispatch_server.archive.uploads.card_folder import CardFolder, open_card
from dispatch_server.archive.uploads.ending import Ending, check_end
from dispatch_server.archive.uploads.model import AnnouncedSegment
from dispatch_server.archive.uploads.refusals import MasterEndedAlready, SealRefused
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.errors import DispatchError
from dispatch_server.protocol.footage import MalformedFootage, cut_behind, follows
from dispatch_server.protocol.masters import (
    INDEX_LIMIT_BYTES,
    SEGMENTS_AT_MOST,
    MasterCard,
    MasterClosing,
    MasterEnd,
    MasterSeal,
    Receipt,
)
from dispatch_server.protocol.seals import Seal, is_signed

Model = TypeVar("Model", bound=BaseModel)
RECEIPTS = "receipts.jsonl"


class RegisterPort(Protocol):
    async def caller(self, number: str) -> TerminalCaller | None:
        """The terminal of that number, as if it had asked itself; None: there is no such."""


@dataclass(slots=True)
class SegmentReport:
    number: int
    outcome: str  # kept, again, refused
    detail: str = ""


@dataclass(slots=True)
class MasterReport:
    """`refused`: why nothing of it was taken, or why its end was not."""

    name: str
    source: str = ""
    refused: str = ""
    sealed: bool = False
    segments: list[SegmentReport] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.refused and all(one.outcome != "refused" for one in self.segments)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.name} {self.source or '?'}: {self.refused or ('sealed' if self.sealed else 'open')}"
        for one in self.segments:
            yield f"  {one.number:06} {one.outcome}{': ' if one.detail else ''}{one.detail}"


@dataclass(slots=True)
class Importing:
    """
    Who copies a card shows no token: that it is a terminal's is proven by its seal alone, before anything is taken.
    `unsealed`: an administrator vouches for masters that never got one, of a device that broke.
    """

    announcing: Announcing
    ending: Ending
    register: RegisterPort
    unsealed: bool = False
    receipts: bool = False

    async def run(self, folder: Path, tell: Callable[[MasterReport], None]) -> bool:
        """Every master below the folder; whether all was well. Raises OSError when the folder cannot be read."""
        good = True
        with open_card(folder) as found:
            for place in found:
                report = MasterReport(place.name)
                try:
                    await self._master(place, report)
                except (DispatchError, OSError) as error:
                    report.refused = error.sentence if isinstance(error, DispatchError) else str(error)
                if self.receipts and report.receipts:
                    await asyncio.to_thread(_write_receipts, place, report)
                tell(report)
                good = good and report.is_good
        return good

    async def _master(self, place: CardFolder, report: MasterReport) -> None:
        card = await asyncio.to_thread(_read, place, folders.CARD, MasterCard)
        report.source = card.source
        caller = await self.register.caller(card.source)
        if caller is None:
            raise MalformedFootage("no terminal of this number is in the register")
        end = await asyncio.to_thread(_read_end, place)
        indexes = _announced(await asyncio.to_thread(_read_indexes, place), end)
        if end is not None:
            await self._prove(card, caller, end, indexes)
        elif not self.unsealed:
            raise SealRefused("there is none")
        recording, _ = await self.announcing.register(caller, card)
        if recording.state is State.PURGED:
            raise MasterEndedAlready
        for number in sorted(indexes):
            await self.announcing.take_index(recording, number, indexes[number])
        for number in await asyncio.to_thread(place.segments):
            report.segments.append(await self._segment(place, recording.card.id, number, report))
        if end is not None:
            await self.ending.end(caller, await self.announcing.find(caller, card.id), end)
            report.sealed = True

    async def _prove(self, card: MasterCard, caller: TerminalCaller, end: MasterEnd, indexes: dict[int, bytes]) -> None:
        """The chain from the first line to the head that the device signed, with what is known of it already."""
        store = self.announcing.keeper.store
        known = {one.number: one for one in await store.segments_of(card.id)}
        announced: list[AnnouncedSegment] = []
        for number in range(1, max([*known, *indexes], default=0) + 1):
            previous = announced[-1] if announced else None
            if number in known:
                announced.append(known[number])
            elif number in indexes:
                announced.append(
                    await asyncio.to_thread(self.announcing.read, card.id, number, indexes[number], previous)
                )
            else:
                raise MalformedFootage(f"the index of segment {number} is not there")
        seal = Seal(**end.seal.model_dump())
        check_end(card.id, folders.End(**end.end.model_dump()), seal, announced)
        key = await self.ending.keys.public_key(caller.number, seal.key)
        if key is None or not is_signed(seal, key):
            raise SealRefused("it is not signed by a key of this terminal")

    async def _segment(self, place: CardFolder, recording_id: str, number: int, report: MasterReport) -> SegmentReport:
        keeper = self.announcing.keeper
        recording, announced = await keeper.store.find(recording_id), await keeper.store.segment(recording_id, number)
        if recording is None or announced is None:
            return SegmentReport(number, "refused", "its index is not there")
        if announced.receipt is not None:
            report.receipts.append(announced.receipt)
            return SegmentReport(number, "again")

        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            with place.opened(f"{number:06}.sealed") as file:
                yield file

        try:
            index = await self.announcing.index_of(recording.card, announced)
            report.receipts.append(await keeper.keep(recording.card, announced, index, opened))
            await keeper.on_disk(self.announcing.spool.remove_index, recording_id, number)
        except (DispatchError, OSError) as error:
            return SegmentReport(number, "refused", error.sentence if isinstance(error, DispatchError) else str(error))
        return SegmentReport(number, "kept")


def _read(place: CardFolder, name: str, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(place.read(name))
    except FileNotFoundError:
        raise MalformedFootage(f"{name} is not there") from None
    except (ValidationError, ValueError):
        raise MalformedFootage(f"{name} is not what it should be") from None


def _read_end(place: CardFolder) -> MasterEnd | None:
    """None when the terminal never ended it."""
    try:
        place.read("seal.json")
    except FileNotFoundError:
        return None
    return MasterEnd(end=_read(place, folders.END, MasterClosing), seal=_read(place, "seal.json", MasterSeal))


def _read_indexes(place: CardFolder) -> dict[int, bytes]:
    found = {}
    for number in place.indexes():
        found[number] = place.read(folders.index_name(number), INDEX_LIMIT_BYTES)
        if len(found) > SEGMENTS_AT_MOST:
            raise MalformedFootage("there are too many segments")
    return found


def _announced(indexes: dict[int, bytes], end: MasterEnd | None) -> dict[int, bytes]:
    """Each up to the line that the next one, or the end, follows: what a failed sync left behind was not announced."""
    last = end.end.chain if end is not None else None
    followers = {number: follows(indexes[number + 1]) if number + 1 in indexes else last for number in indexes}
    cut = {number: cut_behind(data, followers[number] or "") for number, data in indexes.items()}
    return {number: data for number, data in cut.items() if data}


def _write_receipts(place: CardFolder, report: MasterReport) -> None:
    lines = [json.dumps(receipt.model_dump(), sort_keys=True) for receipt in report.receipts]
    place.write_beside(RECEIPTS, "".join(f"{line}\n" for line in lines).encode())
