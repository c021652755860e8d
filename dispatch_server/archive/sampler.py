"""Looks at one key frame of each stream every few seconds: a child process decodes, here is only its newest answer."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from sys import executable

from dispatch_server.archive.limits import SamplerLimits
from dispatch_server.archive.picture_wire import (
    LENGTH,
    REPLY_LIMIT_BYTES,
    BrokenPipeTalk,
    Sample,
    Seen,
    read_reply,
    write_request,
)
from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import read_sps
from dispatch_server.media.recording.layer_choice import LayerChoice
from dispatch_server.media.sink import Frame

LAYERS = (Layer.SUB, Layer.MAIN)  # the small picture says as much, and costs a tenth
WORKER = "dispatch_server.archive.picture_worker"


@dataclass(slots=True)
class SamplerCounters:
    offered: int = 0
    too_large: int = 0
    queue_full: int = 0
    replaced: int = 0  # by a newer picture of the same stream
    undecodable: int = 0
    looked_at: int = 0
    worker_restarts: int = 0


class Sampler:
    """The frame sink of one stream."""

    def __init__(self, stream_id: str, limits: SamplerLimits, offer: Callable[[Sample], None]) -> None:
        self._stream_id = stream_id
        self._interval_us = int(limits.interval_s * 1_000_000)
        self._pixels = limits.pixels
        self._offer = offer
        self._choice = LayerChoice(LAYERS)
        self._last_us = 0

    def take_frame(self, frame: Frame) -> None:
        if frame.kind is not Kind.VIDEO or not self._choice.takes(frame) or not frame.is_key:
            return
        if frame.parameter_sets is None or 0 <= frame.utc_us - self._last_us < self._interval_us:
            return
        sps, pps = frame.parameter_sets
        try:
            size = read_sps(sps)
        except MalformedPacket:
            return
        if size.width * size.height <= self._pixels:
            self._last_us = frame.utc_us
            self._offer(Sample(self._stream_id, frame.utc_us, sps, pps, frame.data))


class PictureDesk:
    """What waits to be looked at, newest of each stream, and the one child that looks. `run` goes on for ever."""

    def __init__(self, limits: SamplerLimits, on_seen: Callable[[Seen], Awaitable[None]]) -> None:
        self._limits = limits
        self._on_seen = on_seen
        self._waiting: dict[str, Sample] = {}
        self._wake = asyncio.Event()
        self._worker: Process | None = None
        self.counters = SamplerCounters()

    def sampler(self, stream_id: str) -> Sampler:
        return Sampler(stream_id, self._limits, self.offer)

    def offer(self, sample: Sample) -> None:
        self.counters.offered += 1
        if self._waiting.pop(sample.stream_id, None) is not None:
            self.counters.replaced += 1
        elif len(self._waiting) >= self._limits.queue:
            self.counters.queue_full += 1
            return
        self._waiting[sample.stream_id] = sample
        self._wake.set()

    def forget(self, stream_id: str) -> None:
        self._waiting.pop(stream_id, None)

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid if self._worker is not None else None

    async def run(self) -> None:
        pause_s = self._limits.restart_s
        try:
            while True:
                sample = await self._next()
                try:
                    seen = await self._look(sample)
                except (OSError, EOFError, TimeoutError, BrokenPipeTalk):
                    await self.close()
                    self.counters.worker_restarts += 1
                    await asyncio.sleep(pause_s)
                    pause_s = min(2 * pause_s, self._limits.longest_restart_s)
                    continue
                pause_s = self._limits.restart_s
                if seen is not None:
                    await self._on_seen(seen)
        finally:
            await self.close()

    async def close(self) -> None:
        """End the child, at once."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
            if worker.stdin is not None:
                worker.stdin.close()

    async def _next(self) -> Sample:
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()
        return self._waiting.pop(next(iter(self._waiting)))

    async def _look(self, sample: Sample) -> Seen | None:
        try:
            request = write_request(sample)
        except BrokenPipeTalk:
            self.counters.too_large += 1
            return None
        async with asyncio.timeout(self._limits.answer_s):
            worker = self._worker or await self._start()
            if worker.stdin is None or worker.stdout is None:
                raise EOFError
            worker.stdin.write(request)
            await worker.stdin.drain()
            (length,) = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))
            if length > REPLY_LIMIT_BYTES:
                raise BrokenPipeTalk("the reply is too large")
            seen = read_reply(await worker.stdout.readexactly(length))
        self.counters.looked_at += 1
        if not seen.jpeg:
            self.counters.undecodable += 1
            return None
        return seen

    async def _start(self) -> Process:
        arguments = ("-m", WORKER, str(self._limits.width), str(int(self._limits.frozen_s * 1_000_000)))
        self._worker = await asyncio.create_subprocess_exec(
            executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
        )
        return self._worker
