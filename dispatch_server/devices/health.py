"""How a terminal is: what its heartbeat says, and what of it is a trouble, with room between begin and end."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.devices.model import TerminalEvent


class Trouble(StrEnum):
    BATTERY_LOW = "battery_low"
    STORAGE_LOW = "storage_low"
    SIGNAL_WEAK = "signal_weak"
    TOO_HOT = "too_hot"
    CLOCK_WRONG = "clock_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalTrouble(TerminalEvent):
    trouble: Trouble
    begins: bool  # else it is over
    detail: str


@dataclass(frozen=True, slots=True)
class Position:
    """WGS-84, degrees and metres; a map of China converts it where it is drawn."""

    lat: float
    lon: float
    accuracy_m: float | None = None
    utc_us: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """One heartbeat's figures; None: the device does not know. `clock_offset_us`: device minus server."""

    utc_us: int
    battery_percent: float | None = None
    charging: bool | None = None
    storage_free_bytes: int | None = None
    storage_total_bytes: int | None = None
    signal_dbm: float | None = None
    signal_bars: int | None = None
    network: str | None = None
    temperature_c: float | None = None
    version: str | None = None
    clock_offset_us: int | None = None
    clock_error_us: int | None = None
    position: Position | None = None

    @property
    def storage_free_percent(self) -> float | None:
        if self.storage_free_bytes is None or not self.storage_total_bytes:
            return None
        return 100.0 * self.storage_free_bytes / self.storage_total_bytes


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Each pair: where it begins, where it is over. The room between them keeps a value on the edge from flapping."""

    battery_percent: tuple[float, float] = (15.0, 25.0)
    storage_percent: tuple[float, float] = (10.0, 15.0)
    signal_dbm: tuple[float, float] = (-110.0, -105.0)
    temperature_c: tuple[float, float] = (60.0, 55.0)
    clock_us: tuple[float, float] = (2_000_000.0, 1_000_000.0)


def troubles_of(health: Health, before: frozenset[Trouble], limits: Thresholds) -> frozenset[Trouble]:
    """What is wrong now. What the device no longer tells stays as it was: silence is no recovery."""
    battery = None if health.charging else health.battery_percent
    offset = health.clock_offset_us
    if offset is not None:  # what the way there and back may account for is not held against the clock
        offset = max(0, abs(offset) - (health.clock_error_us or 0))
    found = {
        Trouble.BATTERY_LOW: _low(battery, limits.battery_percent, Trouble.BATTERY_LOW in before),
        Trouble.STORAGE_LOW: _low(health.storage_free_percent, limits.storage_percent, Trouble.STORAGE_LOW in before),
        Trouble.SIGNAL_WEAK: _low(health.signal_dbm, limits.signal_dbm, Trouble.SIGNAL_WEAK in before),
        Trouble.TOO_HOT: _high(health.temperature_c, limits.temperature_c, Trouble.TOO_HOT in before),
        Trouble.CLOCK_WRONG: _high(offset, limits.clock_us, Trouble.CLOCK_WRONG in before),
    }
    if health.charging:
        found[Trouble.BATTERY_LOW] = False
    return frozenset(trouble for trouble, there in found.items() if there)


def detail_of(trouble: Trouble, health: Health) -> str:
    """The figure behind it, for whoever reads the alarm."""
    match trouble:
        case Trouble.BATTERY_LOW:
            return _figure(health.battery_percent, "%")
        case Trouble.STORAGE_LOW:
            return _figure(health.storage_free_percent, "% free")
        case Trouble.SIGNAL_WEAK:
            return _figure(health.signal_dbm, " dBm")
        case Trouble.TOO_HOT:
            return _figure(health.temperature_c, " °C")
        case Trouble.CLOCK_WRONG:
            offset = health.clock_offset_us
            return _figure(offset / 1_000_000 if offset is not None else None, " s")


def clock_offset(device_utc_us: int, round_trip_us: int | None, received_utc_us: int) -> tuple[int, int | None]:
    """
    Device clock minus server clock, and how wrong that may be at most, both in microseconds.

    The message was on its way for something between nothing and the whole round trip: half of it is assumed.
    """
    half = round_trip_us // 2 if round_trip_us is not None else None
    return device_utc_us + (half or 0) - received_utc_us, half


def _low(value: float | None, pair: tuple[float, float], before: bool) -> bool:
    begins, ends = pair
    return before if value is None else value <= begins or (before and value < ends)


def _high(value: float | None, pair: tuple[float, float], before: bool) -> bool:
    begins, ends = pair
    return before if value is None else value >= begins or (before and value > ends)


def _figure(value: float | None, unit: str) -> str:
    return f"{value:.1f}{unit}" if value is not None else ""
