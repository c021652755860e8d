"""This room's parts, as its routes need them."""

from collections.abc import Callable
from dataclasses import dataclass

from dispatch_server.devices.enrolling import Enrolling
from dispatch_server.devices.health import Health, Trouble
from dispatch_server.devices.heartbeats import Heartbeats
from dispatch_server.devices.ports import HealthStorePort
from dispatch_server.devices.service import DeviceService
from dispatch_server.devices.shifts import Shifts
from dispatch_server.protocol.masters import FootageKey


@dataclass(slots=True)
class DeviceParts:
    """`ca_fingerprint` and `footage_key`: what a device is given beside its place, once there is such."""

    devices: DeviceService
    enrolling: Enrolling
    heartbeats: Heartbeats
    shifts: Shifts
    health_store: HealthStorePort
    server_url: str
    heartbeat_s: float
    ca_fingerprint: Callable[[], str] = lambda: ""
    footage_key: Callable[[], FootageKey | None] = lambda: None

    async def heartbeats_kept(
        self, number: str, from_utc_us: int, most: int
    ) -> list[tuple[Health, frozenset[Trouble]]]:
        known = {trouble.value for trouble in Trouble}
        rows = await self.health_store.history(number, from_utc_us, most)
        return [(health, frozenset(Trouble(name) for name in names if name in known)) for health, names in rows]
