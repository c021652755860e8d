"""Reads on a thread in small steps, at a bounded rate, and stands back while the recorder waits for the disk."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dispatch_server.archive.ports import WorldPort
from dispatch_server.archive.seals.limits import SealLimits
from dispatch_server.runtime.threads import Kind, Threads, ThreadsBusy

STAND_BACK_S = 0.5


@dataclass(slots=True)
class SlowReader:
    """`queued` says how many bytes wait for the disk."""

    threads: Threads
    world: WorldPort
    limits: SealLimits
    queued: Callable[[], int]
    bytes_read: int = 0
    stood_back: int = 0

    async def run(self, steps: Iterator[int], bytes_s: float) -> None:
        """To the end of `steps`; what they raise. Not more than `bytes_s` on average."""
        ended = False
        while not ended:
            if self.queued() > self.limits.queue_bytes:
                self.stood_back += 1
                await asyncio.sleep(STAND_BACK_S)
                continue
            begun = self.world.monotonic()
            try:
                size, ended = await self.threads.run(Kind.GENERAL, take, steps, self.limits.step_bytes)
            except ThreadsBusy:
                await asyncio.sleep(STAND_BACK_S)
                continue
            self.bytes_read += size
            await asyncio.sleep(max(0.0, size / bytes_s - (self.world.monotonic() - begun)))

    async def rest(self, size: int, bytes_s: float) -> None:
        """After so many bytes that came from elsewhere, at the same rate."""
        self.bytes_read += size
        await asyncio.sleep(size / bytes_s)


def take(steps: Iterator[int], most: int) -> tuple[int, bool]:
    """Go on until so many bytes were read: how many, and whether that was all."""
    size = 0
    for step in steps:
        size += step
        if size >= most:
            return size, False
    return size, True
