"""What goes on beside the streams: fragments that the clock ends, disk space, rows to save, recovery at start."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.archive.model import Origin, Recording, Segment, Trouble
from dispatch_server.archive.ports import RowsPort
from dispatch_server.archive.reading import rows_of
from dispatch_server.archive.recover import CRASHED, days_back, recover, unfinished
from dispatch_server.archive.service import ArchiveService
from dispatch_server.archive.space import Ballast, Level
from dispatch_server.kit.errors import DispatchError
from dispatch_server.runtime.threads import Kind, Threads

STOPPED = "server stopped in order"
_TROUBLES = {Level.ALARM: Trouble.DISK_FILLING, Level.REFUSE: Trouble.DISK_FULL}


@dataclass(slots=True)
class Upkeep:
    archive: ArchiveService
    rows: RowsPort
    threads: Threads
    ballast: Ballast
    report: Callable[[str, BaseException], None]
    _checked: float = 0.0
    _saved: float = 0.0
    _reconciled: float = 0.0

    async def start(self) -> None:
        """Before the first stream."""
        await self.check_space()

    async def run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self.archive.limits.tick_s)

    async def round(self) -> None:
        archive, now = self.archive, self.archive.world.monotonic()
        limits = archive.limits
        for found in archive.by_id.values():
            found.recorder.tick(now)
        if now - self._checked >= limits.space_s:
            self._checked = now
            await self.check_space()
        if now - self._reconciled >= limits.reconcile_s:
            self._reconciled = now
            archive.reconcile()
        if now - self._saved >= limits.save_s:
            self._saved = now
            try:
                await self.save()
            except DispatchError as error:
                self.report("saving recordings", error)

    async def check_space(self) -> None:
        space, limits = self.archive.space, self.archive.limits.space
        try:
            changes = await self.threads.run(Kind.GENERAL, space.check)
        except DispatchError as error:
            self.report("looking at the disk", error)
            return
        for root, before, now in changes:
            room = space.rooms[root]
            detail = f"folder {root}: {room.free >> 20} of {room.total >> 20} MiB free"
            for level, trouble in _TROUBLES.items():
                if (before >= level) is not (now >= level):
                    self.archive.trouble(trouble, str(root), now >= level, detail)
        if space.levels[0] is Level.STOP:
            await self.threads.run(Kind.GENERAL, self.ballast.give_up)
        elif space.levels[0] < Level.REFUSE:
            await self.threads.run(Kind.GENERAL, self.ballast.keep, space.rooms[0].free, limits.refuse_bytes)

    async def check_room(self) -> str | None:
        """None while new recordings may begin, else what is wrong; live pictures do not depend on it."""
        return None if self.archive.space.may_begin() else "There is no room: new streams are not recorded."

    async def save(self) -> None:
        """All that changed in one transaction; what could not be saved is tried again."""
        archive = self.archive
        ended = list(archive.closed.values())
        changed = [found for found in (*archive.by_id.values(), *ended) if found.changed]
        if not changed:
            return
        segments = [segment for found in changed for segment in found.unsaved_segments()]
        numbers = {found.id: list(found.finished) for found in changed}
        for found in changed:
            found.changed = False
        saved = False
        try:
            await self.rows.save([found.recording for found in changed], segments, archive.world.utc_us())
            saved = True
        finally:
            for found in changed:
                found.changed = found.changed or not saved
        for found in changed:
            for number in numbers[found.id]:
                found.finished.pop(number, None)
        for found in ended:
            if not found.changed:
                archive.closed.pop(found.id, None)

    async def recover(self) -> None:
        """
        Recordings that were open when the server stopped; runs beside new ones, which have folders of their own.

        A terminal's master is not among them: it is open until its terminal ends it, however often this server stops.
        """
        for recording in await self.rows.open_recordings():
            await self._recover(recording)
        # A kill may come before the first row was saved: then only the folder tells of the recording.
        roots = self.archive.roots
        for day in await self.threads.run(Kind.GENERAL, days_back, roots):
            for card in await self.threads.run(Kind.GENERAL, unfinished, roots, day):
                # One that has a row and is not open there has lost its end since: that is for `verify` to say.
                if await self.rows.find(card.id) is None:
                    await self._recover(Recording(card, ended_utc_us=card.opened_utc_us))

    async def _recover(self, recording: Recording) -> None:
        card, archive = recording.card, self.archive
        if card.origin != Origin.SERVER or card.id in archive.by_id or card.id in archive.closed:
            return
        try:
            await self._recover_one(recording)
        except (DispatchError, OSError) as error:
            self.report(f"recovering {card.id}", error)

    async def _recover_one(self, recording: Recording) -> None:
        archive = self.archive
        utc_us = archive.world.utc_us()
        saved = {segment.number: segment for segment in await self.rows.segments_of(recording.card.id)}
        kept = await self.threads.run(Kind.GENERAL, recover, archive.roots, recording.card, utc_us, saved)
        found, segments = await self.threads.run(Kind.GENERAL, rows_of, kept)
        for segment in segments:
            saved[segment.number] = segment
        _total(recording, list(saved.values()))
        end = kept.end
        recording.gaps += found.gaps if end is None else 1
        recording.close(utc_us if end is None else end.closed_utc_us, CRASHED if end is None else end.reason)
        await self.rows.end_recovered(recording, segments, utc_us)

    async def stop(self) -> None:
        """Everything open is ended and written; the rows are saved if the database lets us."""
        archive = self.archive
        archive.close(archive.world.utc_us(), STOPPED)
        await asyncio.to_thread(archive.pool.close)
        await asyncio.sleep(0)  # what the threads announced last
        try:
            await self.save()
        except DispatchError as error:
            self.report("saving recordings", error)


def _total(recording: Recording, segments: list[Segment]) -> None:
    recording.fragments = sum(segment.fragments for segment in segments)
    recording.bytes = sum(segment.bytes - segment.init_bytes for segment in segments)
    recording.kept_us = sum(segment.duration_us for segment in segments)
    ends = [segment.utc_us + segment.duration_us for segment in segments]
    recording.ended_utc_us = max([recording.ended_utc_us, *ends])
