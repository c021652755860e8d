"""What goes on beside: whole uploads that wait, uploads that nobody goes on with, masters that fell silent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.archive.uploads.desk import UploadDesk
from dispatch_server.archive.uploads.ending import Ending
from dispatch_server.archive.uploads.refusals import FootageRefused
from dispatch_server.kit.errors import DispatchError

DAY_US = 86_400_000_000
SILENT_S = 3_600.0  # how often silent masters are looked for
AT_ONCE = 100


@dataclass(slots=True)
class UploadUpkeep:
    desk: UploadDesk
    ending: Ending
    report: Callable[[str, BaseException], None]
    _looked: float = float("-inf")
    failures: int = 0

    async def run(self) -> None:
        """From the start: what was on its way when the server stopped goes on."""
        while True:
            await self.round()
            await asyncio.sleep(self.desk.limits.tick_s)

    async def round(self) -> None:
        world = self.desk.announcing.keeper.world
        for upload in self.desk.waiting():
            try:
                await self.desk.look_into(upload)
            except FootageRefused:
                continue  # it is told as an event, and to its terminal when it asks
            except (DispatchError, OSError) as error:  # the next one may be on a better disk
                self._failed(error)
        try:
            await self.desk.sweep()
            if world.monotonic() - self._looked >= SILENT_S:
                await self.end_silent()
                self._looked = world.monotonic()
        except (DispatchError, OSError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self.report("uploads", error)

    async def end_silent(self) -> None:
        """Masters of which nothing was heard for so many days are closed with what came of them."""
        keeper = self.desk.announcing.keeper
        since = keeper.world.utc_us() - int(self.desk.limits.silent_days * DAY_US)
        for recording in await keeper.store.silent_since(since, AT_ONCE):
            if not self.desk.of_recording(recording.card.id):
                await self.ending.abandon(recording)
