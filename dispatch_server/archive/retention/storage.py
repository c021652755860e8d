"""How long the disk lasts: measured now and then, because it reads every recording's row."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.archive.retention.clocks import DAY_US
from dispatch_server.archive.retention.forecast import Forecast, forecast
from dispatch_server.archive.retention.list_store import ListStore
from dispatch_server.archive.retention.policies import Policies
from dispatch_server.archive.retention.policy import LEAST_FLOOR_MONTHS, months_after
from dispatch_server.archive.retention.ports import WorldPort
from dispatch_server.archive.space import SpaceWatch


@dataclass(slots=True)
class Storage:
    """`refuse_bytes(total)` is how much must be left free: there new recordings end."""

    store: ListStore
    space: SpaceWatch
    policies: Policies
    world: WorldPort
    refuse_bytes: Callable[[int], int]
    wait_days: int
    newest: Forecast = field(default_factory=lambda: Forecast(0, None, None))
    held_bytes: int = 0
    computed_utc_us: int = 0

    async def compute(self) -> None:
        by_day = await self.store.bytes_by_day(DAY_US)
        held = await self.store.held_bytes_by_day(DAY_US)
        now = self.world.utc_us()
        floor = self.policies.current.floor_months if self.policies.current is not None else LEAST_FLOOR_MONTHS
        keep_days = (months_after(now, floor) - now) // DAY_US + self.wait_days
        free = sum(max(0, room.free - self.refuse_bytes(room.total)) for room in self.space.rooms)
        self.newest = forecast(by_day, now // DAY_US, free, keep_days, held)
        self.held_bytes, self.computed_utc_us = sum(held.values()), now

    def full_in_days(self) -> int:
        """For /metrics; -1: not within ten years."""
        day = self.newest.full_day
        return -1 if day is None else max(0, day - self.world.utc_us() // DAY_US)
