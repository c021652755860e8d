"""Runs the child process that decodes: its input is fed a fragment at a time, its output is a file without a name."""

import asyncio
import json
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import executable
from typing import IO, TYPE_CHECKING, Any

from dispatch_server.archive.derivatives.limits import DerivativeLimits
from dispatch_server.archive.derivatives.model import Derivative, Kind
from dispatch_server.kit.errors import RemoteFault
from dispatch_server.runtime.threads import Kind as Thread
from dispatch_server.runtime.threads import Threads

if TYPE_CHECKING:
    from dispatch_server.archive.derivatives.making import Original

WORKER = "dispatch_server.archive.derivatives.media_worker"
STILL_CPU_S, MARKED_CPU_S = 20, 60  # of a marked copy: and six seconds for each second of the original
STILL_BYTES = 64 << 20
READ_BYTES = 1 << 20
Tell = Callable[[Derivative, float], None]


class DecodingFailed(RemoteFault):
    def __init__(self) -> None:
        super().__init__("decoding_failed", "The original could not be decoded within its bounds.")


@dataclass(slots=True)
class Decoding:
    """One child at a time: the caller makes one derivative after the other. `folder` has room for what it writes."""

    folder: Path
    threads: Threads
    limits: DerivativeLimits

    @asynccontextmanager
    async def opened(self, one: Derivative, original: "Original", tell: Tell) -> AsyncIterator[Iterator[bytes]]:
        """What the child made. Raises DecodingFailed."""
        with tempfile.TemporaryFile(dir=self.folder) as output:
            worker = await asyncio.create_subprocess_exec(
                executable, "-m", WORKER, json.dumps(self._words(one, original)),
                stdin=PIPE, stdout=output, stderr=DEVNULL,
            )  # fmt: skip
            try:
                await self._feed(worker, one, original, tell)
                if await worker.wait():
                    raise DecodingFailed
            finally:
                if worker.returncode is None:
                    with suppress(ProcessLookupError):
                        worker.kill()
                    await worker.wait()
            output.seek(0)
            yield _read(output)

    async def _feed(self, worker: Process, one: Derivative, original: "Original", tell: Tell) -> None:
        assert worker.stdin is not None
        count = len(original.cut.pieces)
        with suppress(BrokenPipeError, ConnectionResetError):  # it has what it needs, or has failed
            worker.stdin.write(original.cut.init)
            for number, piece in enumerate(original.cut.pieces, 1):
                worker.stdin.write(await self.threads.run(Thread.DISK, original.read, piece))
                await worker.stdin.drain()
                tell(one, number / (count + 1))
        worker.stdin.close()

    def _words(self, one: Derivative, original: "Original") -> dict[str, Any]:
        made = original.cut
        if one.kind is Kind.STILL:
            after_us = max(0, one.asked_from_utc_us - made.from_utc_us)
            words: dict[str, Any] = {"after_us": after_us, "picture": one.picture}
            return {"kind": "still", "cpu_s": STILL_CPU_S, "output_bytes": STILL_BYTES, **words}
        seconds = (made.to_utc_us - made.from_utc_us) // 1_000_000
        cpu_s = MARKED_CPU_S + 6 * seconds
        return {"kind": "marked", "cpu_s": cpu_s, "output_bytes": self.limits.output_bytes, "mark": mark_of(one)}


def mark_of(one: Derivative) -> str:
    """What is burned in when nobody said it: who had it made, and on which day."""
    if one.mark:
        return one.mark
    day = datetime.fromtimestamp(one.made_utc_us // 1_000_000, UTC) + timedelta(hours=8)
    return f"{one.made_name} {day:%Y-%m-%d} 副本，非原件"


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while data := file.read(READ_BYTES):
        yield data
