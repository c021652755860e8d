"""The look at battery, space and clock before an enforcement starts, in plain words."""

from pathlib import Path

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from dispatch_server.protocol.enforcement_views import CheckThresholds
from dispatch_server.protocol.enforcement_words import CheckBefore
from terminals.health import read_health
from terminals.master.stewardship import free_bytes

USUAL = CheckThresholds(battery_percent=30, storage_free_bytes=4_000_000_000, clock_offset_us=2_000_000)
GB = 1e9


def look(root: Path, reserved: int, clock_offset_us: int | None) -> CheckBefore:
    """What is reserved for the recording counts as free. Raises OSError."""
    health = read_health(root)
    return CheckBefore(
        battery_percent=health.get("battery_percent"),
        charging=health.get("charging"),
        storage_free_bytes=free_bytes(root) + reserved,
        clock_offset_us=clock_offset_us,
    )


def findings(check: CheckBefore, limits: CheckThresholds, bytes_per_s: int) -> list[Finding]:
    """A note for each thing that needs a reason before it begins."""
    return [_battery(check, limits), _space(check, limits, bytes_per_s), _clock(check, limits)]


def _battery(check: CheckBefore, limits: CheckThresholds) -> Finding:
    percent = check.battery_percent
    if percent is None:
        return note(Side.HERE, "电量未知", "the battery does not tell its charge")
    words = f"电量 {percent:.0f}%", f"battery {percent:.0f} %"
    if percent >= limits.battery_percent or check.charging:
        return well(Side.HERE, *words)
    return note(Side.HERE, *words, "充电或更换终端后再开始", "charge it, or take another terminal")


def _space(check: CheckBefore, limits: CheckThresholds, bytes_per_s: int) -> Finding:
    free = check.storage_free_bytes
    if free is None:
        return note(Side.HERE, "存储空间未知", "the free space is not known")
    hours = free / bytes_per_s / 3600
    words = f"可用空间 {free / GB:.1f} GB，可录 {hours:.1f} 小时", f"{free / GB:.1f} GB free: {hours:.1f} hours fit"
    if free >= limits.storage_free_bytes:
        return well(Side.HERE, *words)
    return note(Side.HERE, *words, "连接网络上传已有录像以腾出空间", "deliver what is recorded: it then gives way")


def _clock(check: CheckBefore, limits: CheckThresholds) -> Finding:
    offset = check.clock_offset_us
    if offset is None:
        return note(Side.HERE, "时钟未与服务器核对", "the clock was not compared with the server's yet")
    words = f"时钟相差 {offset / 1e6:+.1f} 秒", f"this clock is {offset / 1e6:+.1f} s from the server's"
    if abs(offset) <= limits.clock_offset_us:
        return well(Side.HERE, *words)
    return mend(Side.HERE, *words, "打开自动对时（NTP）", "let this clock be set by NTP")
