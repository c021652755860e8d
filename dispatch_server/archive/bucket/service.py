"""Copies what is sealed, lets media go from here when their time is over, brings back what is asked for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.copying import Copying, copies_in
from dispatch_server.archive.bucket.model import BEGUN, LOOK_AGAIN, Copied, Copy, in_order
from dispatch_server.archive.bucket.store import CopyStore
from dispatch_server.archive.model import Card, Trouble
from dispatch_server.kit.errors import Conflict, DispatchError
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import BucketSettings

DAY_US = 86_400_000_000
ROUND_S = 5.0
LONGEST_PAUSE_S = 3600.0
AT_ONCE = 20  # recordings of one round
LATER, LATER_S = 500, 3600.0  # recordings that are left at the same time, and how long
SUBJECT = "bucket"
IN_USE_US = 600_000_000  # before what is in use is looked at again
InUse = Callable[[], Awaitable[Collection[str]]]
Tell = Callable[[Trouble, str, bool, str], None]


@dataclass(slots=True)
class BucketCounters:
    recordings_copied: int = 0
    bytes_copied: int = 0
    copies_failed: int = 0
    files_fetched: int = 0
    bytes_let_go: int = 0


@dataclass(slots=True)
class BucketService:
    settings: BucketSettings
    copying: Copying
    rows: CopyStore
    roots: Sequence[Path]
    threads: Threads
    world: World
    tell: Tell
    report: Callable[[str, BaseException], None]
    counters: BucketCounters = field(default_factory=BucketCounters)
    in_use: InUse | None = None  # whose media are read from this machine by others
    _told: bool = False
    _later: dict[str, tuple[float, str]] = field(default_factory=dict)  # until when it is left, and why
    _fetching: dict[Path, asyncio.Task[None]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.settings.fetches)

    async def run(self) -> None:
        """Until cancelled. What fails is tried again, after ever longer pauses."""
        pause = self.settings.retry_s
        while True:
            try:
                await self.round()
            except (DispatchError, OSError) as error:
                self.counters.copies_failed += 1
                self.report("copying to the bucket", error)
                self._trouble(True, str(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                self._trouble(bool(self._later), "; ".join(why for _, why in list(self._later.values())[:3])[:400])
                pause = self.settings.retry_s
                await asyncio.sleep(ROUND_S)

    async def round(self) -> None:
        """
        Destroy what was purged, copy what waits, let go what is due. Raises when the bucket is away; a recording that
        cannot be copied by itself is told with its name, and left for a while.
        """
        for card in await self.rows.purged(AT_ONCE):
            await self.purged(card)
        now = self.world.monotonic()
        self._later = {name: later for name, later in self._later.items() if later[0] > now}
        for card in await self.rows.waiting(AT_ONCE, tuple(self._later)):
            await self._try(card, None)
        for card, copied in await self.rows.incomplete(AT_ONCE, tuple(self._later)):
            await self._try(card, copied)
        if self.settings.local_days:
            in_use = await self.in_use() if self.in_use is not None else ()
            for copied in await self.rows.due(self.world.utc_us(), AT_ONCE):
                if copied.recording_id in in_use:
                    await self.rows.set_due(copied.recording_id, self.world.utc_us() + IN_USE_US)
                    continue
                for root in self.roots:
                    if (root / copied.folder).is_dir():
                        self.counters.bytes_let_go += await self.copying.drop_media(root / copied.folder)
                await self.rows.set_due(copied.recording_id, 0)

    async def here(self, card: Card, folder: Path, name: str) -> None:
        """See to it that this file is on this machine: fetched once, whoever asks. Raises BucketAway, OSError."""
        path = folder / name
        if path.exists():
            return
        task = self._fetching.get(path)
        if task is None:
            task = self._fetching[path] = asyncio.create_task(self._fetch(card, folder, name), name=f"fetch {name}")
            task.add_done_callback(lambda _: self._fetching.pop(path, None))
        await asyncio.shield(task)

    def read_copy(self, card: Card, name: str) -> AsyncIterator[bytes]:
        """A file of a recording as it lies there. Raises BucketAway, KeyAbsent, Corrupt."""
        return self.copying.bucket.read(f"{folders.folder_of(card)}/{name}")

    async def purged(self, card: Card) -> None:
        """What was destroyed here in order is destroyed there."""
        await self.copying.delete(str(folders.folder_of(card)))
        await self.rows.forget(card.id)

    async def _try(self, card: Card, copied: Copied | None) -> None:
        try:
            await self._copy(card, copied)
        except (OSError, Conflict, MalformedFootage) as error:
            self.counters.copies_failed += 1
            self.report(f"copying {card.id} to the bucket", error)
            while len(self._later) >= LATER:
                del self._later[next(iter(self._later))]
            self._later[card.id] = (self.world.monotonic() + LATER_S, f"{card.id}: {error}")

    async def _copy(self, card: Card, copied: Copied | None) -> None:
        """All of it, or what was added since it was `copied`: what left this machine meanwhile lies there already."""
        place = str(folders.folder_of(card))
        present = [root / place for root in self.roots if (root / place).is_dir()]
        parts = await self.threads.run(Kind.GENERAL, _files_in, present)
        if folders.SEAL not in parts:
            raise MalformedFootage("no seal lies in its folder")
        known: dict[str, Copy] = {}
        if copied is not None:
            known = await self.threads.run(Kind.GENERAL, _copies_in, present)
            parts = {name: path for name, path in parts.items() if name not in known}
        else:
            await self.rows.save(Copied(card.id, place, BEGUN, 0))
        copies = await self.copying.copy(parts, place)
        for folder in present if copies else ():
            await self.copying.note(folder, known | copies)
        now = self.world.utc_us()
        due = copied.due_utc_us if copied is not None else now + self.settings.local_days * DAY_US
        after = await self.threads.run(Kind.GENERAL, _files_in, present)
        is_all = set(in_order(after)) <= (known | copies).keys()  # or something was added meanwhile
        await self.rows.save(Copied(card.id, place, now if is_all else LOOK_AGAIN, due))
        self.counters.recordings_copied += 1
        self.counters.bytes_copied += sum(copy.bytes for copy in copies.values())

    async def _fetch(self, card: Card, folder: Path, name: str) -> None:
        async with self._turns:
            if name not in await self.threads.run(Kind.GENERAL, copies_in, folder):
                return  # it was never copied: whoever asked finds it missing
            await self.copying.fetch(folder, str(folders.folder_of(card)), name)
            self.counters.files_fetched += 1
            await self.rows.set_due(card.id, self.world.utc_us() + max(1, self.settings.local_days) * DAY_US)

    def _trouble(self, begins: bool, detail: str) -> None:
        if begins is not self._told:
            self._told = begins
            self.tell(Trouble.NOT_COPIED, SUBJECT, begins, detail)


def _copies_in(present: Sequence[Path]) -> dict[str, Copy]:
    return {name: copy for folder in present for name, copy in copies_in(folder).items()}


def _files_in(present: Sequence[Path]) -> dict[str, Path]:
    """Regular files alone, by name; a recording that went on in another folder has its card in both."""
    return {
        path.name: path
        for folder in reversed(present)
        for path in folder.iterdir()
        if path.is_file() and not path.is_symlink()
    }
