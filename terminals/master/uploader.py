"""Delivers masters to the server whenever it can: keys, words, then footage in the server's own order of worth."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from pydantic import ValidationError

from dispatch_server.kit.ids import utc_ms_of
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.masters import MasterStanding
from terminals import world
from terminals.access import Access
from terminals.master import folders
from terminals.master.budget import Bucket, chunk_bytes
from terminals.master.delivery import Delivery, Told
from terminals.master.disk import Disk
from terminals.master.put_off import WHOLE, PutOff, is_lasting
from terminals.master.server_keys import ServerKeys, ServerKeysWrong, pin
from terminals.master.tus import Tus, Unreadable, UploadGone, local_path
from terminals.whip import Refused

ROUND_S = 5.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 120.0
NOTHING_MAY_GO_S = 0.5
KEYS_AGAIN_S = 3600.0
SAME_AT_MOST = 5  # times that a chunk may fail to get on before its upload begins anew
MASTERS_AT_ONCE = 2000  # a terminal with more than these has another trouble


@dataclass(slots=True)
class Counters:
    uploaded_bytes: int = 0
    uploads: int = 0
    begun_anew: int = 0
    receipts_wrong: int = 0
    troubles: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next segment to go up. `path`: of an upload that was begun, or empty."""

    folder: Path
    segment: int
    path: str = ""


@dataclass(slots=True)
class Uploader:
    """`run()` until cancelled. `allowance()` as budget.Allowance; `on_keys` gets the server's keys when pinned."""

    root: Path
    disk: Disk
    access: Access
    allowance: Callable[[], int | None]
    on_keys: Callable[[ServerKeys], None]
    say: Callable[[str], None] = lambda line: None
    round_s: float = ROUND_S
    first_pause_s: float = FIRST_PAUSE_S
    counters: Counters = field(default_factory=Counters)
    trouble: str = ""
    uploads: bool = True  # False: only the keys are learned
    forget_us: int = 30 * 86_400_000_000  # what is delivered and given up leaves nothing after so long
    _told: dict[str, Told] = field(default_factory=dict)
    waits: PutOff = field(default_factory=PutOff)
    _keys: ServerKeys | None = None
    _keys_at: float = float("-inf")
    _bucket: Bucket = field(default_factory=lambda: Bucket(world.monotonic()))

    async def run(self) -> None:
        pause_s = self.first_pause_s
        while True:
            try:
                went_on = await self.round()
                pause_s, self.trouble = self.first_pause_s, ""
                await asyncio.sleep(0 if went_on else self.round_s)
            except (Refused, ServerKeysWrong, httpx2.HTTPError, OSError) as error:
                self._tell(str(error) or type(error).__name__)
                await asyncio.sleep(pause_s * (0.5 + world.chance(1)[0] / 512))
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def round(self) -> bool:
        """Tell what is new, and deliver one segment; whether there was one. Raises as `run` catches."""
        keys = await self._learn_keys()
        if not self.uploads:
            return False
        await asyncio.to_thread(self._forget_old)
        delivery = Delivery(self.access, self.disk)
        for folder in await asyncio.to_thread(self._undelivered):
            segment = WHOLE
            try:
                for wanted in await self._look_at(folder, delivery, keys):
                    segment = wanted.segment
                    await self._upload(wanted)
                    return True
            except (MalformedFootage, ValidationError) as error:  # one master must not hold up the others
                self._wait(folder, WHOLE, str(error))
            except Refused as refused:
                if not is_lasting(refused):
                    raise
                if segment == WHOLE:
                    self._told.pop(folder.name, None)
                self._wait(folder, segment, str(refused))
            except Unreadable as error:
                self._wait(folder, segment, str(error))
            except (ConnectionError, TimeoutError):
                raise
            except OSError as error:  # of this device's disk
                self._wait(folder, segment, str(error))
        return False

    async def _learn_keys(self) -> ServerKeys:
        now = world.monotonic()
        if self._keys is None or now - self._keys_at > KEYS_AGAIN_S:
            said = await Delivery(self.access, self.disk).keys()
            self._keys, self._keys_at = await asyncio.to_thread(pin, self.root, said, self.disk), now
            self.on_keys(self._keys)
        return self._keys

    def _undelivered(self) -> list[Path]:
        """Masters of an enforcement before others, new ones before old ones: of two days the later is waited for."""
        now = world.monotonic()
        found = []
        for folder in folders.masters(self.root):
            if (folder / folders.DELIVERED).exists() or self.waits.is_off((folder.name, WHOLE), now):
                continue
            with contextlib.suppress(MalformedFootage, OSError):
                found.append((folders.read_card(folder).enforcement != "", folder.name, folder))
        return [folder for _, _, folder in sorted(found, reverse=True)[:MASTERS_AT_ONCE]]

    def _forget_old(self) -> None:
        """Folders without footage: their index, end and receipts are with the server for good."""
        before_ms = (world.utc_us() - self.forget_us) // 1000
        for folder in folders.masters(self.root):
            if utc_ms_of(folder.name) >= before_ms:
                return  # they come in the order of their age
            if (folder / folders.DELIVERED).exists() and not any(folder.glob("*.sealed")):
                shutil.rmtree(folder, ignore_errors=True)

    async def _look_at(self, folder: Path, delivery: Delivery, keys: ServerKeys) -> list[Wanted]:
        told = self._told.setdefault(folder.name, Told())
        await delivery.tell(folder, told)
        standing = await delivery.standing(folder)
        have, wrong = await asyncio.to_thread(delivery.acknowledge, folder, standing, keys, told)
        if wrong:
            self.counters.receipts_wrong += wrong
            self._tell(f"{wrong} receipts of {folder.name} do not hold; nothing is given up for them")
        # The server forgot what it had: tell it again.
        told.indexes &= set(standing.indexed) | have
        numbers = await asyncio.to_thread(folders.segment_numbers, folder)
        if told.end and have >= set(numbers):
            await asyncio.to_thread(self.disk.write_whole, folder / folders.DELIVERED, b"")
            self._told.pop(folder.name, None)
            return []
        return list(self._wanted_of(folder, standing, have))

    def _wanted_of(self, folder: Path, standing: MasterStanding, have: set[int]) -> Iterable[Wanted]:
        """Also what is suspect: its announced part was synced, and the server looks at each digest anyway."""
        begun = {upload.segment: upload.location for upload in standing.uploads}
        told, now = self._told[folder.name].indexes, world.monotonic()
        for number in standing.wanted:
            sealed = folder / folders.sealed_name(number)
            is_off = self.waits.is_off((folder.name, number), now)
            if number in told and number not in have and not is_off and folders.size_of(sealed):
                yield Wanted(folder, number, begun.get(number, ""))

    async def _upload(self, wanted: Wanted) -> None:
        tus = Tus(self.access, self._pace)
        file = wanted.folder / folders.sealed_name(wanted.segment)
        # What lies behind the announced part counts for nothing, and is not sent.
        verdict = await asyncio.to_thread(folders.verdict_of, wanted.folder, wanted.segment)
        size = folders.sealed_size(verdict)
        if folders.size_of(file) < size:
            raise Unreadable(f"{file.name} is shorter than its index describes")
        place, sent = (wanted.folder.name, wanted.segment), 0
        try:
            path = local_path(self.access.key.server, wanted.path) if wanted.path else ""
            path = path or await tus.create(wanted.folder.name, wanted.segment, size)
            offset, same = await tus.offset(path), 0
            while offset < size:
                chunk = min(chunk_bytes(self.allowance()), size - offset)
                new = await tus.send(path, file, offset, chunk)
                if new > offset:
                    self.counters.uploaded_bytes += new - offset
                    sent += new - offset
                same = 0 if new > offset else same + 1
                if same > SAME_AT_MOST or new > size:
                    raise UploadGone(path)
                offset = new
            self.counters.uploads += 1
            if sent:
                self.waits.got_on(place)
            else:  # it is there already: the server looks into it in a while
                self.waits.add(place, world.monotonic(), "all is sent, and not looked at yet")
        except UploadGone:
            self.counters.begun_anew += 1
            self.waits.add(place, world.monotonic(), "it is begun anew")

    async def _pace(self, size: int) -> None:
        while (bps := self.allowance()) == 0:  # noqa: ASYNC110 - the link is looked at, nobody tells
            await asyncio.sleep(NOTHING_MAY_GO_S)
        wait_s = self._bucket.wait_s(size, bps, world.monotonic())
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def _wait(self, folder: Path, segment: int, why: str) -> None:
        self.waits.add((folder.name, segment), world.monotonic(), why, lasting=True)
        self._tell(f"{folder.name}: {why}")

    def _tell(self, words: str) -> None:
        self.counters.troubles += 1
        if words != self.trouble:
            self.say(f"master: {words}")
        self.trouble = words
