"""Has files read and written in a process of its own, one at a time: no parser holds up streams here."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field

from dispatch_server.kit.errors import Unavailable
from dispatch_server.org.clerk_talk import ANSWER_LIMIT_BYTES, Task

MODULE = "dispatch_server.org.clerk_process"


class ClerkBusy(Unavailable):
    def __init__(self) -> None:
        super().__init__("organisation_files_busy", "Other files are read or written just now.", retry_after_s=10)


@dataclass(slots=True)
class Clerk:
    """`done` gives the answer; of a process that died, took too long or said too much, nothing."""

    module: str = MODULE
    patience_s: float = 90.0
    waiting_limit: int = 4
    _in_hand: int = 0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def done(self, task: Task, data: bytes, name: str) -> bytes:
        """Raises ClerkBusy."""
        if self._in_hand >= self.waiting_limit:
            raise ClerkBusy
        self._in_hand += 1
        try:
            async with self._turn:
                return await self._asked(task, data, name)
        finally:
            self._in_hand -= 1

    async def _asked(self, task: Task, data: bytes, name: str) -> bytes:
        words = [sys.executable, "-m", self.module, task.value, name]
        process = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        try:
            async with asyncio.timeout(self.patience_s):
                _, answer = await asyncio.gather(_tell(process, data), _hear(process))
                return answer if await process.wait() == 0 else b""
        except TimeoutError:
            return b""
        finally:
            await _end(process)


async def _tell(process: Process, data: bytes) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it has died: its answer says so
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()


async def _hear(process: Process) -> bytes:
    """All that it says, unless that is more than can be meant."""
    if process.stdout is None:
        return b""
    try:
        await process.stdout.readexactly(ANSWER_LIMIT_BYTES + 1)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    await _end(process)
    return b""


async def _end(process: Process) -> None:
    """Its last words are read to their end: else the pipe stays open, and nobody learns that it has gone."""
    with suppress(ProcessLookupError):
        process.kill()
    while process.stdout is not None and await process.stdout.read(1 << 16):
        pass
    await process.wait()
