"""What goes on beside: the clock, the file of policies, holds that run out, lists, purges and the forecast."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from dispatch_server.archive.retention.clock_watch import ClockWatch
from dispatch_server.archive.retention.destructions import DestructionService
from dispatch_server.archive.retention.holds import HoldService
from dispatch_server.archive.retention.policies import Policies
from dispatch_server.archive.retention.purging import Purging, Report
from dispatch_server.archive.retention.storage import Storage
from dispatch_server.kit.errors import DispatchError


@dataclass(frozen=True, slots=True)
class Cadence:
    tick_s: float = 5.0
    proposals_s: float = 86_400.0
    forecast_s: float = 900.0
    cases_s: float = 60.0  # what belongs to held cases by now, for events that were lost


@dataclass(slots=True)
class RetentionUpkeep:
    """`monotonic` in seconds. One step that fails keeps no other one from its turn."""

    clock: ClockWatch
    policies: Policies
    holds: HoldService
    destructions: DestructionService
    purging: Purging
    storage: Storage
    monotonic: Callable[[], float]
    report: Report
    cadence: Cadence = field(default_factory=Cadence)
    proposes: bool = True
    standing_holds: int = 0
    open_lists: int = 0
    _done: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self.cadence.tick_s)

    async def round(self) -> None:
        await self._step("the clock", self.clock.look)
        await self._step("the policies", self.policies.look)
        await self._step("holds", self.holds.tick)
        if self._is_due("holds of cases", self.cadence.cases_s):
            await self._step("holds of cases", self.holds.extend_over_cases)
        await self._step("purges", self.purging.tick)
        if self.proposes and self.clock.newest.believed and self._is_due("proposals", self.cadence.proposals_s):
            await self._step("proposals", self.destructions.propose)
        if self._is_due("forecast", self.cadence.forecast_s):
            await self._step("the forecast", self.storage.compute)
        await self._step("counts", self._count)

    async def _count(self) -> None:
        self.standing_holds = await self.holds.store.standing_count()
        self.open_lists = await self.destructions.store.open_count()

    async def _step(self, what: str, step: Callable[[], Awaitable[object]]) -> None:
        try:
            await step()
        except (DispatchError, OSError) as error:
            self.report(what, error)

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self.monotonic()
        if what in self._done and now - self._done[what] < every_s:
            return False
        self._done[what] = now
        return True
