"""Takes uploads in: who may begin one, how bytes are added, what ends one. On the loop; the disk is a thread's."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from dispatch_server.archive.model import Recording, State
from dispatch_server.archive.space import Level
from dispatch_server.archive.uploads.announcing import Announcing
from dispatch_server.archive.uploads.headers import Wanted
from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.model import (
    AnnouncedSegment,
    Upload,
    UploadCounters,
    UploadHappening,
    UploadState,
)
from dispatch_server.archive.uploads.ports import SpacePort
from dispatch_server.archive.uploads.receiving import DiskError, Receiving
from dispatch_server.archive.uploads.refusals import (
    ArchiveFull,
    ChecksumWrong,
    FootageRefused,
    HeaderRefused,
    IndexLacking,
    OffsetWrong,
    QuotaReached,
    SegmentKept,
    UploadBusy,
    UploadGone,
    UploadTooLarge,
    UploadUnknown,
    of_disk,
)
from dispatch_server.archive.uploads.spool import Spool
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.errors import DispatchError

P = ParamSpec("P")
T = TypeVar("T")
MICROSECONDS = 1_000_000
GONE_AT_MOST = 10_000
HEARD_AGAIN_US = 15 * MICROSECONDS


@dataclass(slots=True)
class UploadDesk:
    announcing: Announcing
    spool: Spool
    receiving: Receiving
    limits: UploadLimits
    space: SpacePort
    uploads: dict[str, Upload] = field(default_factory=dict)
    gone: OrderedDict[str, str] = field(default_factory=OrderedDict)  # id → terminal: for a while they are told as gone
    heard: dict[str, int] = field(default_factory=dict)  # terminals that are busy sending: when that was noted
    _looking: asyncio.Semaphore | None = None

    # What is asked.

    async def create(self, caller: TerminalCaller, wanted: Wanted) -> tuple[Upload, bool]:
        """The upload, and whether it is new: one that goes on already for the same segment is handed out again."""
        recording = await self.announcing.find(caller, wanted.recording)
        announced = await self._wanted_segment(recording, wanted)
        same = self._of(wanted.recording, wanted.segment)
        if same is not None and same.length == wanted.length:
            return same, False
        if same is not None:
            if same.busy:
                raise UploadBusy
            await self.drop(same)
        self._check_room(caller.number, wanted.length)
        chance = self.announcing.keeper.world.chance
        upload = Upload(
            chance(16).hex(), caller.number, announced.recording, announced.number, wanted.length, self._expiry()
        )
        self.uploads[upload.id] = upload
        begun = False
        try:
            await self._disk(self.spool.create, upload)
            begun = True
        finally:
            if not begun:
                self.uploads.pop(upload.id, None)
        return upload, True

    def find(self, caller: TerminalCaller, upload_id: str) -> Upload:
        """Raises UploadUnknown, also for another terminal's, and UploadGone."""
        upload = self.uploads.get(upload_id)
        if upload is not None and upload.terminal == caller.number:
            return upload
        raise UploadGone if self.gone.get(upload_id) == caller.number else UploadUnknown

    async def receive(
        self, upload: Upload, offset: int, body: AsyncIterable[bytes], checksum: bytes | None, length: int | None
    ) -> None:
        """Add what comes. However it ends, `upload.offset` is what is sure."""
        if upload.busy:
            raise UploadBusy
        if offset != upload.offset or upload.state is not UploadState.RECEIVING:
            raise OffsetWrong(upload.offset)
        most = upload.length - offset
        if checksum is not None:
            most = min(most, self.limits.checked_chunk_bytes)
        if length is not None and length > most:
            raise UploadTooLarge(most)
        if self.space.levels[0] >= Level.STOP:
            raise ArchiveFull
        upload.busy = True
        try:
            await self.receiving.receive(upload, body, checksum, most)
        except ChecksumWrong:
            self.counters.damaged += 1
            raise
        finally:
            upload.busy = False
            upload.expires_utc_us = self._expiry()
            # However the request ended: all of it may be sure by then, and nobody would send more.
            if upload.offset == upload.length:
                upload.after(UploadHappening.FILL)
        await self._heard(upload)

    async def _heard(self, upload: Upload) -> None:
        """A terminal may be busy with one segment for minutes, in which it tells of nothing else."""
        now, last = self.announcing.keeper.world.utc_us(), self.heard.get(upload.terminal, 0)
        if abs(now - last) < HEARD_AGAIN_US:
            return
        busy = {one.terminal for one in self.uploads.values()}
        self.heard = {one: at for one, at in self.heard.items() if one in busy} | {upload.terminal: now}
        with suppress(DispatchError):  # the bytes are here all the same
            await self.announcing.heard(upload.recording)

    async def drop(self, upload: Upload) -> None:
        """It is given up: by its terminal, by time, or because another takes its place."""
        if upload.busy:
            raise UploadBusy
        upload.after(UploadHappening.DROP)
        await self._remove(upload)

    async def look_into(self, upload: Upload) -> None:
        """
        A whole upload becomes footage. Raises FootageRefused when it is none: then the upload is gone. What the disk
        or the database could not do now is tried again in a while.
        """
        if upload.busy or upload.state is not UploadState.WHOLE:
            return
        upload.busy = True
        try:
            if self._looking is None:
                self._looking = asyncio.Semaphore(self.limits.looked_into)
            async with self._looking:
                await self._keep(upload)
        except FootageRefused:
            upload.after(UploadHappening.REJECT)
            await self._remove(upload)
            raise
        finally:
            upload.busy = False

    async def look_into_or_wait(self, upload: Upload) -> None:
        """As long as its terminal waits for the answer. Raises FootageRefused; all else is tried again by upkeep."""
        task = asyncio.ensure_future(self.look_into(upload))
        try:
            await asyncio.shield(task)
        except FootageRefused:
            raise
        except DispatchError:
            self._refused("not now")
        except asyncio.CancelledError:
            await asyncio.wait({task})  # who asked has gone; the segment is kept all the same
            task.exception()
            raise

    # What goes on beside.

    async def load(self) -> None:
        """What was on its way when the server stopped."""
        for upload in await self._disk(self.spool.load, self._expiry()):
            self.uploads[upload.id] = upload

    async def sweep(self) -> int:
        """
        Those that were not heard of for too long; how many. Also whole ones that could not be kept in all that time:
        there is no receipt, so that their terminal still has them.
        """
        now, swept = self.announcing.keeper.world.utc_us(), 0
        for upload in list(self.uploads.values()):
            if upload.expires_utc_us <= now and not upload.busy:
                await self.drop(upload)
                swept += 1
        self.counters.swept += swept
        return swept

    def waiting(self) -> list[Upload]:
        """Whole ones that nobody looks into."""
        return [one for one in self.uploads.values() if one.state is UploadState.WHOLE and not one.busy]

    def of_recording(self, recording_id: str) -> list[Upload]:
        return [one for one in self.uploads.values() if one.recording == recording_id]

    # Inside.

    @property
    def counters(self) -> UploadCounters:
        return self.announcing.keeper.counters

    async def _wanted_segment(self, recording: Recording, wanted: Wanted) -> AnnouncedSegment:
        if recording.state is State.PURGED:
            raise UploadGone
        announced = await self.announcing.keeper.store.segment(wanted.recording, wanted.segment)
        if announced is None:
            raise IndexLacking(wanted.segment)
        if announced.receipt is not None:
            raise SegmentKept
        if wanted.length > self.limits.upload_bytes:
            raise UploadTooLarge(self.limits.upload_bytes)
        if wanted.length < announced.sealed_bytes:
            raise HeaderRefused("Upload-Length", f"its index describes {announced.sealed_bytes} bytes")
        return announced

    def _check_room(self, terminal: str, length: int) -> None:
        mine = [one.length for one in self.uploads.values() if one.terminal == terminal]
        limits, all_bytes = self.limits, sum(one.length for one in self.uploads.values())
        if len(mine) >= limits.uploads_of_terminal or sum(mine) + length > limits.bytes_of_terminal:
            self._refused("quota of a terminal")
            raise QuotaReached("This terminal has as much on its way as it may.")
        if len(self.uploads) >= limits.uploads or all_bytes + length > limits.bytes_in_all:
            self._refused("quota of all")
            raise QuotaReached("As much is on its way as is allowed.")
        coming = sum(one.length - one.offset for one in self.uploads.values()) + length
        # Twice: what is taken out of an upload lies beside it until its receipt.
        if self.space.levels[0] >= Level.REFUSE or self.space.rooms[0].free < 2 * coming:
            self._refused("disk full")
            raise ArchiveFull

    def _refused(self, what: str) -> None:
        self.counters.refused[what] = self.counters.refused.get(what, 0) + 1

    def _of(self, recording: str, segment: int) -> Upload | None:
        found = (one for one in self.uploads.values() if (one.recording, one.segment) == (recording, segment))
        return next(found, None)

    def _expiry(self) -> int:
        return self.announcing.keeper.world.utc_us() + int(self.limits.expires_s * MICROSECONDS)

    async def _keep(self, upload: Upload) -> None:
        keeper = self.announcing.keeper
        recording = await keeper.store.find(upload.recording)
        announced = await keeper.store.segment(upload.recording, upload.segment)
        if recording is None or announced is None or recording.state is State.PURGED:
            raise FootageRefused("its master is gone")
        try:
            index = await self.announcing.index_of(recording.card, announced)
            await keeper.keep(recording.card, announced, index, lambda: self.spool.part(upload.id).open("rb"))
        except OSError as error:
            self.counters.disk_faults += 1
            raise of_disk(error) from error
        upload.after(UploadHappening.KEEP)
        await self._remove(upload)
        await self._disk(self.spool.remove_index, upload.recording, upload.segment)

    async def _remove(self, upload: Upload) -> None:
        self.uploads.pop(upload.id, None)
        self.gone[upload.id] = upload.terminal
        if len(self.gone) > GONE_AT_MOST:
            self.gone.popitem(last=False)
        await self._disk(self.spool.remove, upload.id)

    async def _disk(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Raises DiskFailed or ArchiveFull instead of OSError."""
        try:
            return await self.receiving.run(function, *args, **named)
        except DiskError as error:
            self.counters.disk_faults += 1
            raise of_disk(error.error) from error.error
