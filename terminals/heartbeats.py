"""Says every few seconds how this device is, and keeps the newest head of the ledger as a witness."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
from pydantic import ValidationError

from dispatch_server.protocol.terminal import Heartbeat, HeartbeatAnswer, LedgerHead
from terminals import world
from terminals.access import Access
from terminals.clock_offset import ClockOffset
from terminals.whip import Refused

HEAD_FILE_BYTES = 16_384
Say = Callable[[Heartbeat], Awaitable[HeartbeatAnswer]]


class Heartbeats:
    """`beat()` once, `run()` until cancelled; a heartbeat that does not arrive is not made up for."""

    def __init__(
        self,
        access: Access,
        read: Callable[[], dict[str, Any]],
        head_file: Path,
        version: str,
        say: Say | None = None,
    ) -> None:
        self.officers: list[str] = []
        self.clock = ClockOffset()
        self.head = read_head(head_file)
        self._access = access
        self._say = say or access.heartbeat
        self._read = read
        self._head_file = head_file
        self._version = version
        self._round_trip_us: int | None = None

    @property
    def clock_offset_us(self) -> int | None:
        """This clock minus the server's."""
        return self.clock.offset_us

    async def run(self, every_s: float) -> None:
        while True:
            with contextlib.suppress(httpx2.HTTPError, OSError, Refused, ValidationError):
                await self.beat()
            await asyncio.sleep(every_s)

    async def beat(self) -> None:
        """Raises Refused, or httpx2.HTTPError."""
        figures = await asyncio.to_thread(self._read)
        await self._access.token()  # so that its renewal is not part of the round trip
        begun, sent_utc_us = world.monotonic(), world.utc_us()
        message = Heartbeat(
            **figures,
            version=self._version or None,
            clock=sent_utc_us,
            round_trip_us=self._round_trip_us,
            held_head=self.head,
        )
        answer = await self._say(message)
        now = world.monotonic()
        self._round_trip_us = int((now - begun) * 1_000_000)
        self.clock.take(sent_utc_us, self._round_trip_us, answer.server_utc_us, now)
        self.officers = answer.officers
        if answer.head is not None and (self.head is None or answer.head.number > self.head.number):
            await asyncio.to_thread(write_head, self._head_file, answer.head)
            self.head = answer.head


def read_head(path: Path) -> LedgerHead | None:
    """The newest head that this device has seen; None when it has seen none, or the file is none."""
    try:
        with path.open("rb") as file:
            return LedgerHead.model_validate_json(file.read(HEAD_FILE_BYTES))
    except (OSError, ValidationError):
        return None


def write_head(path: Path, head: LedgerHead) -> None:
    unfinished = path.with_name(f".{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(head.model_dump_json())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
