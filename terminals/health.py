"""How this device is, read where Linux tells it; what it does not tell is left out."""

import contextlib
import shutil
from pathlib import Path
from typing import Any

SYSFS = Path("/sys/class")
PROC = Path("/proc")


def read_health(folder: Path, sysfs: Path = SYSFS, proc: Path = PROC) -> dict[str, Any]:
    """Members of a Heartbeat. `folder`: where recordings would be kept."""
    found: dict[str, Any] = {**battery(sysfs), **signal(proc)}
    with contextlib.suppress(OSError):
        usage = shutil.disk_usage(folder)
        found |= {"storage_free_bytes": usage.free, "storage_total_bytes": usage.total}
    hottest = temperature_c(sysfs)
    if hottest is not None:
        found["temperature_c"] = hottest
    return found


def battery(sysfs: Path) -> dict[str, Any]:
    """The first battery of the device, which a mouse's or headset's (scope Device) is not; without one, the mains."""
    for supply in sorted(sysfs.glob("power_supply/*")):
        if _text(supply / "type") != "Battery" or _text(supply / "scope") == "Device":
            continue
        percent = _number(supply / "capacity")
        status = _text(supply / "status")
        found: dict[str, Any] = {}
        if percent is not None and 0 <= percent <= 100:
            found["battery_percent"] = percent
        if status:
            found["charging"] = status in ("Charging", "Full", "Not charging")
        return found
    return {"charging": True} if is_on_mains(sysfs) else {}


def is_on_mains(sysfs: Path) -> bool:
    return any(
        _text(supply / "type") == "Mains" and _text(supply / "online") == "1" for supply in sysfs.glob("power_supply/*")
    )


def temperature_c(sysfs: Path) -> float | None:
    """Of the hottest zone; zones that are off read absurd values."""
    zones = (_number(zone / "temp") for zone in sysfs.glob("thermal/thermal_zone*"))
    degrees = [value / 1000 for value in zones if value is not None and -50_000 < value < 150_000]
    return round(max(degrees), 1) if degrees else None


def signal(proc: Path) -> dict[str, Any]:
    """Of Wi-Fi. A modem tells its own through a daemon that this reader does not know."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        line = (proc / "net" / "wireless").read_text("ascii", "replace").splitlines()[2]
        dbm = float(line.split()[3].rstrip("."))
        if -200 <= dbm < 0:
            return {"signal_dbm": dbm, "network": "Wi-Fi"}
    return {}


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> float | None:
    try:
        return float(_text(path))
    except ValueError:
        return None
