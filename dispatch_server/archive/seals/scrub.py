"""Reads everything that is sealed again within so many days, slowly, and tells when something is not what it was."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace

from dispatch_server.archive.model import Recording, State
from dispatch_server.archive.seals.model import Findings, Sealed
from dispatch_server.archive.seals.rereading import Rereading
from dispatch_server.archive.seals.service import SealService, damage_of
from dispatch_server.kit.errors import DispatchError

_DAY_S = 86_400
# What was read less than half the time ago rests; the other half is enough for all of it at this rate.
_RESTS, _HASTE = 0.5, 2.5
LATER = 500  # that are left for a while at the same time


@dataclass(slots=True)
class Scrub:
    seals: SealService
    reading: Rereading
    scrubbed: int = 0
    now_at: str = ""
    _due: deque[str] = field(default_factory=deque)  # found by one question for many
    _later: dict[str, float] = field(default_factory=dict)  # what the bucket did not show, until when it is left

    async def run(self) -> None:
        await self.tell_old()
        while True:
            try:
                if await self.one():
                    continue
            except (DispatchError, OSError) as error:
                self.seals.report(f"reading {self.now_at} again", error)
            await asyncio.sleep(self.seals.limits.idle_s)

    async def one(self) -> bool:
        """Read the recording again that was read longest ago; False when none is due."""
        days, world = self.seals.limits.scrub_days, self.seals.archive.world
        if not days:
            return False
        if not self._due:
            before_us = world.utc_us() - int(days * _DAY_S * _RESTS * 1_000_000)
            now = world.monotonic()
            self._later = {name: until for name, until in self._later.items() if until > now}
            self._due.extend(await self.seals.rows.due(before_us, self.seals.limits.due, tuple(self._later)))
        if not self._due:
            return False
        self.now_at = self._due.popleft()
        recording = await self.seals.recordings.find(self.now_at)
        if recording is not None and recording.state in (State.SEALED, State.HELD):
            await self.read(recording)
        return True

    async def read(self, recording: Recording, bytes_s: float | None = None) -> Findings:
        """At once, whether it is due or not; what was found is kept and told. `bytes_s`: not faster than that."""
        findings = await self.reading.read(recording, bytes_s or self.bytes_s())
        await self._keep(recording.card.id, findings)
        return findings

    def bytes_s(self) -> float:
        limits = self.seals.limits
        days = limits.scrub_days or 1.0
        return max(limits.least_scrub_bytes_s, _HASTE * self.seals.kept_bytes / (days * _DAY_S))

    async def _keep(self, recording_id: str, findings: Findings) -> None:
        rows, utc_us = self.seals.rows, self._now()
        before, seal, damage = await rows.find(recording_id), findings.seal, damage_of(findings)
        if before is None:  # a terminal's master: its seal came with it
            made_us, key, chain, sm3 = (seal.sealed_utc_us, seal.key, seal.chain, seal.sm3) if seal else (0, "", "", "")
            before = Sealed(recording_id, made_us, key, chain, sm3)
        if findings.unread:  # part of it lies in a bucket that is away: nobody may think that it was read
            utc_us, damage = before.scrubbed_utc_us, damage or before.damage
            if len(self._later) < LATER:
                self._later[recording_id] = self.seals.archive.world.monotonic() + self.seals.limits.later_s
        await rows.put(replace(before, scrubbed_utc_us=utc_us, damage=damage))
        self.seals.tell(recording_id, before.damage, damage)
        self.scrubbed += not findings.unread

    def _now(self) -> int | None:
        return self.seals.archive.world.utc_us()

    async def tell_old(self) -> None:
        """What was wrong when the server stopped still is."""
        try:
            for one in await self.seals.rows.damaged(self.seals.limits.damaged):
                self.seals.tell(one.recording_id, "", one.damage)
        except DispatchError as error:
            self.seals.report("looking for damaged recordings", error)
