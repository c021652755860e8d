"""Has seals stamped by an outside authority (RFC 3161): one that is away is asked again, and nothing waits for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive.disk import Disk
from dispatch_server.archive.model import Trouble
from dispatch_server.archive.seals.closing import write_once
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.seals.service import SealService, places_of
from dispatch_server.archive.seals.verify import SEAL, STAMP
from dispatch_server.kit.errors import DispatchError
from dispatch_server.protocol.seals import SEAL_LIMIT_BYTES
from dispatch_server.runtime.away import HostAway
from dispatch_server.runtime.stamping import Way, certificates, stamped_utc_us, wrong_with
from dispatch_server.runtime.threads import Kind

LONGEST_PAUSE_S = 600.0


@dataclass(slots=True)
class Stamps:
    seals: SealService
    way: Way
    roots: str  # a PEM file
    pause_s: float = 5.0
    stamped: int = 0
    is_away: bool = False

    async def run(self) -> None:
        pause_s = self.pause_s
        while True:
            try:
                pause_s = self.pause_s if await self.round() else min(2 * pause_s, LONGEST_PAUSE_S)
            except (DispatchError, OSError) as error:
                self.seals.report("time stamps", error)
            await asyncio.sleep(pause_s)

    async def round(self) -> bool:
        """Every seal that waits, the newest first; False as soon as the authority does not answer well."""
        while waiting := await self.seals.rows.unstamped(self.seals.limits.stamps):
            done = 0
            for sealed in waiting:
                try:
                    done += await self._stamp(sealed)
                except HostAway as error:
                    self._tell(error.sentence)
                    return False
            self._tell("")
            if not done:
                break
        return True

    async def _stamp(self, sealed: Sealed) -> bool:
        seals, run = self.seals, self.seals.threads.run
        recording = await seals.recordings.find(sealed.recording_id)
        places = await run(Kind.GENERAL, places_of, seals.archive.roots, recording.card) if recording else []
        seal = await run(Kind.GENERAL, _seal_in, places)
        if seal is None:
            return False  # what is wrong there, the scrub tells
        roots = await run(Kind.GENERAL, certificates, self.roots)
        there = await run(Kind.GENERAL, _stamp_in, places)
        if there is None or wrong_with(there, seal, roots):
            there = await self.way.stamp(seal, roots)
            await run(Kind.GENERAL, _write, seals.archive.disk, places, there)
        await seals.rows.stamped(sealed.recording_id, stamped_utc_us(there))
        self.stamped += 1
        return True

    def _tell(self, sentence: str) -> None:
        if bool(sentence) is not self.is_away:
            self.is_away = bool(sentence)
            self.seals.archive.trouble(Trouble.STAMPS_AWAY, self.way.url, self.is_away, sentence)


def _seal_in(places: Sequence[Path]) -> bytes | None:
    found = next((folder / SEAL for folder in places if (folder / SEAL).exists()), None)
    data = found.read_bytes() if found is not None else None
    return data if data is not None and len(data) <= SEAL_LIMIT_BYTES else None


def _stamp_in(places: Sequence[Path]) -> bytes | None:
    """One that a stop left, between its file and its row."""
    found = next((folder / STAMP for folder in places if (folder / STAMP).exists()), None)
    return found.read_bytes() if found is not None else None


def _write(disk: Disk, places: Sequence[Path], token: bytes) -> None:
    for folder in places:
        if not (folder / STAMP).exists():
            write_once(disk, folder / STAMP, token)
