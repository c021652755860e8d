"""Watches the two clocks: what ends for good asks it first, and it tells within seconds when they disagree."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from dispatch_server.archive.model import Trouble
from dispatch_server.archive.retention.actions import CONFIRM_CLOCK
from dispatch_server.archive.retention.clocks import Belief, Pair, Sight, Tolerance, judge
from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.ports import ClockPort, HeadPort
from dispatch_server.identity.callers import Caller
from dispatch_server.identity.recording import Recorder

NOTE = SUBJECT = "clock"
KEPT_EVERY_US = 60_000_000
Tell = Callable[[Trouble, str, bool, str], None]


@dataclass(slots=True)
class ClockWatch:
    """`tell(trouble, subject, begins, detail)` raises and ends the alarm."""

    clocks: ClockPort
    heads: HeadPort
    store: HoldStore
    recorder: Recorder
    tell: Tell
    tolerance: Tolerance = field(default_factory=Tolerance)
    newest: Belief = field(default_factory=lambda: Belief("not_looked", "it was not looked at yet"))
    fixed: Pair | None = None
    last: Pair | None = None
    _kept_boottime_us: int | None = None
    _is_alarmed: bool = False

    async def open(self) -> None:
        """What was believed before the start."""
        note = await self.store.note(NOTE) or {}
        self.fixed, self.last = _pair(note.get("fixed")), _pair(note.get("last"))

    def believed(self) -> bool:
        """As of this very moment. Whoever destroys asks before each single thing."""
        return self._judged().believed

    async def look(self) -> Belief:
        """Every few seconds: keeps what is believed, and tells when that changes."""
        belief = self._judged()
        if belief.believed is self._is_alarmed:
            self._is_alarmed = not belief.believed
            detail = f"{belief.why_not}: {belief.detail}" if self._is_alarmed else ""
            self.tell(Trouble.CLOCK_DOUBTED, SUBJECT, self._is_alarmed, detail)  # one subject: so it ends, too
        if belief.believed:
            self.last = self.clocks.pair()
            if belief.fixes or self._is_due(self.last):
                await self._keep()
        return belief

    async def confirm(self, caller: Caller) -> Belief:
        """A person has compared the clock with another one: from now on time is counted from here."""
        now = self.clocks.pair()
        async with self.store.writing() as connection:
            await self.recorder.enter(
                caller, CONFIRM_CLOCK, "clock", connection=connection, why_not=self.newest.why_not, utc_us=now.wall_us
            )
            await self.store.keep_note(connection, NOTE, {"fixed": asdict(now), "last": asdict(now)})
        self.fixed = self.last = now
        return await self.look()

    def _judged(self) -> Belief:
        now = self.clocks.pair()
        sight = Sight(now, self.fixed, self.last, self.heads.newest_utc_us(), self.clocks.is_synchronised())
        self.newest = judge(sight, self.tolerance)
        if self.newest.fixes:
            self.fixed = now
        return self.newest

    def _is_due(self, now: Pair) -> bool:
        return self._kept_boottime_us is None or now.boottime_us - self._kept_boottime_us >= KEPT_EVERY_US

    async def _keep(self) -> None:
        if self.fixed is None or self.last is None:
            return
        async with self.store.writing() as connection:
            await self.store.keep_note(connection, NOTE, {"fixed": asdict(self.fixed), "last": asdict(self.last)})
        self._kept_boottime_us = self.last.boottime_us


def _pair(plain: Any) -> Pair | None:
    return None if plain is None else Pair(plain["wall_us"], plain["boottime_us"], plain["boot"])
