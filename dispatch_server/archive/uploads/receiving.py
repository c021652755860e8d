"""One request's bytes to the disk, a bounded piece at a time: what is sure is sure however the request ends."""

import asyncio
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from dispatch_server.archive.uploads.limits import UploadLimits
from dispatch_server.archive.uploads.model import Upload, UploadCounters
from dispatch_server.archive.uploads.refusals import UploadTooLarge, of_disk
from dispatch_server.archive.uploads.spool import Chunk, Spool
from dispatch_server.kit.errors import LocalFault
from dispatch_server.runtime.threads import Kind, Threads

P = ParamSpec("P")
T = TypeVar("T")


class DiskError(LocalFault):
    def __init__(self, error: OSError) -> None:
        super().__init__("disk_error", "The disk failed.")
        self.error = error


@dataclass(slots=True)
class Receiving:
    spool: Spool
    threads: Threads
    limits: UploadLimits
    counters: UploadCounters

    async def receive(self, upload: Upload, body: AsyncIterable[bytes], checksum: bytes | None, most: int) -> None:
        """
        Add the body; `upload.offset` follows what was synced. Raises UploadTooLarge, ChecksumWrong, DiskFailed,
        TimeoutError when it takes too long, and whatever ends the body.
        """
        chunk = Chunk(self.spool, upload, checksum, self.limits.sync_bytes)
        ended = False  # by what came, or by the disk: not by the one who sends
        try:
            await self.run(chunk.open)
            try:
                async with asyncio.timeout(self.limits.chunk_s):
                    await self._read(chunk, body, most, upload)
                ended = True
                await self.run(chunk.finish)
            except (DiskError, UploadTooLarge):
                ended = True
                raise
            finally:
                if not ended:
                    await self.run(chunk.stop)
        except DiskError as error:
            self.counters.disk_faults += 1
            raise of_disk(error.error) from error.error
        finally:
            upload.offset = chunk.durable
            await asyncio.to_thread(chunk.close)

    async def _read(self, chunk: Chunk, body: AsyncIterable[bytes], most: int, upload: Upload) -> None:
        held = bytearray()
        received = 0
        try:
            async for data in body:
                received += len(data)
                if received > most:
                    held.clear()
                    raise UploadTooLarge(most)
                held += data
                if len(held) >= self.limits.piece_bytes:
                    await self._add(chunk, held, upload)
        finally:
            if held:  # also of a body that ended in its middle
                await self._add(chunk, held, upload)

    async def _add(self, chunk: Chunk, held: bytearray, upload: Upload) -> None:
        data = bytes(held)
        held.clear()
        await self.run(chunk.add, data)
        self.counters.bytes_received += len(data)
        upload.offset = chunk.durable

    async def run(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """In a thread, to its end: whoever is cancelled waits for it, so that no two threads have one file in hand."""

        def done() -> T:
            try:
                return function(*args, **named)
            except OSError as error:  # TimeoutError is one as well, where it is not the disk's
                raise DiskError(error) from error

        task = asyncio.ensure_future(self.threads.run(Kind.DISK, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise
