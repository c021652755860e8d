"""Brings signed heads to those who hold them out of this server's reach; a witness that is away costs nothing else."""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.canonical import canonical, read
from dispatch_server.audit.model import SignedHead
from dispatch_server.runtime.away import HostAway
from dispatch_server.runtime.files import PRIVATE_FILE, make_private_folder, sync_folder
from dispatch_server.runtime.threads import Kind, Threads

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
WITNESS_AWAY = "witness_away"
HEADS_DROPPED = "heads_dropped"

Deliver = Callable[[SignedHead], Awaitable[None]]


class Courier:
    """One for each witness: heads in their order, again and again until they are taken."""

    def __init__(self, name: str, deliver: Deliver, queue: int, alarms: Alarms) -> None:
        self.name = name
        self.delivered = 0
        self._deliver = deliver
        self._queue = queue
        self._alarms = alarms
        self._waiting: deque[SignedHead] = deque()
        self._wake = asyncio.Event()

    def give(self, head: SignedHead) -> None:
        """The oldest gives way when too many wait: a newer head covers all that an older one did."""
        if len(self._waiting) >= self._queue:
            self._waiting.popleft()
            self._alarms.raised(HEADS_DROPPED, self.name)
        self._waiting.append(head)
        self._wake.set()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                if await self._once(self._waiting[0]):
                    pause_s = FIRST_PAUSE_S
                    continue
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _once(self, head: SignedHead) -> bool:
        try:
            await self._deliver(head)
        except (HostAway, OSError) as error:
            self._alarms.raised(WITNESS_AWAY, self.name, error=str(error)[:300])
            return False
        if self._waiting and self._waiting[0] is head:
            self._waiting.popleft()
        self.delivered += 1
        self._alarms.over(WITNESS_AWAY, self.name)
        self._alarms.over(HEADS_DROPPED, self.name)
        return True


class HeadFile:
    """Appends each head to a file, synced: `audit verify --witness` reads it."""

    def __init__(self, path: Path, threads: Threads) -> None:
        self._path = path
        self._threads = threads

    async def deliver(self, head: SignedHead) -> None:
        await self._threads.run(Kind.GENERAL, append_line, self._path, canonical(head.form()))


class NewestHead:
    """The newest head alone, beside the database: at the next start it tells whether an older one was put back."""

    def __init__(self, path: Path, threads: Threads) -> None:
        self._path = path
        self._threads = threads

    async def deliver(self, head: SignedHead) -> None:
        await self._threads.run(Kind.GENERAL, self._replace, canonical(head.form()) + b"\n")

    def remembered(self) -> SignedHead | None:
        """None when there is none; ValueError when it is not what this server wrote."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return SignedHead.of(read(data.rstrip(b"\n")))

    def _replace(self, data: bytes) -> None:
        make_private_folder(self._path.parent)
        unfinished = self._path.with_suffix(".unfinished")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        sync_folder(self._path.parent)


def append_line(path: Path, line: bytes) -> None:
    """One line more, whole and synced; a line that an earlier failure cut short is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line + b"\n"
        if os.write(descriptor, data) != len(data):
            raise OSError("the line was written in part")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
