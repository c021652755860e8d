"""What goes on beside the requests: ends that are due, rows to save, keys to read again. It survives its database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.kit.errors import DispatchError
from dispatch_server.live.keys import PublishKeys
from dispatch_server.live.model import State
from dispatch_server.live.ports import StreamStorePort
from dispatch_server.live.service import LiveService

ROUND_S = 1.0


@dataclass(slots=True)
class Upkeep:
    live: LiveService
    keys: PublishKeys
    store: StreamStorePort
    report: Callable[[str, BaseException], None]
    failures: int = 0
    _refreshed: float | None = None

    async def start(self) -> None:
        """Before the first request: keys, and the streams that were on air when the server stopped."""
        await self.keys.refresh()
        self.live.restore(await self.store.unfinished(), await self.store.last_seen())
        self.keys.end_revoked()

    async def run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(ROUND_S)

    async def round(self) -> None:
        """A database that is away is reported; publishers and viewers notice nothing, rows are saved later."""
        self.live.tick()
        try:
            await self.save()
            now = self.live.world.monotonic()
            if self._refreshed is None or now - self._refreshed >= self.live.limits.key_refresh_s:
                self._refreshed = now
                await self.keys.refresh()
        except DispatchError as error:
            self.failures += 1
            self.report("saving streams and reading publish keys", error)

    async def save(self) -> None:
        streams = self.live.streams.take_unsaved()
        if not streams:
            return
        saved = False
        try:
            await self.store.save(streams)
            saved = True
        finally:
            if not saved:
                self.live.streams.give_back(streams)

    async def stop(self) -> None:
        """The server goes down: publishers may come back to it, so their streams stay unfinished."""
        for stream in self.live.streams:
            if stream.state is State.LIVE:
                self.live.publisher_lost(stream.session_id)
        await self.save()
