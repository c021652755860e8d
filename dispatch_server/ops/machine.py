"""What the doctor looks at on this machine: Python, clock, limits, and packages that the tests use."""

import ctypes
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from dispatch_server.runtime.world import World

FILES_WANTED = 4096
OLDEST_PLAUSIBLE_UTC_US = 1_767_225_600_000_000  # 2026-01-01: before this program was written
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512
_SYSCTL = Path("/proc/sys/net/core")


def look_at_python() -> Iterator[Finding]:
    version = f"Python {'.'.join(str(part) for part in sys.version_info[:3])}"
    yield well(Side.HERE, version, version)


def look_at_clock(world: World) -> Iterator[Finding]:
    if world.utc_us() < OLDEST_PLAUSIBLE_UTC_US:
        yield mend(
            Side.HERE,
            "本机时钟慢了数年",
            "the clock is years behind",
            "校正时间，并安装 chrony 或启用 systemd-timesyncd",
            "set it, and install chrony or systemd-timesyncd",
        )
    elif is_synchronised() is False:
        yield note(
            Side.HERE,
            "时钟没有与时间服务器同步；录像以此时间为证据",
            "nothing keeps the clock right (NTP); recordings carry its time as evidence",
            "apt install chrony，并指向本机可达的时间服务器",
            "apt install chrony (or enable systemd-timesyncd), with a time server that this machine can reach",
        )
    else:
        yield well(Side.HERE, "时钟已同步", "the clock is kept right (NTP)")


def is_synchronised() -> bool | None:
    """What the kernel knows; None where it cannot be asked."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != _TIME_ERROR)


def look_at_limits(socket_buffer_bytes: int) -> Iterator[Finding]:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files < FILES_WANTED:
        yield note(
            Side.HERE,
            f"只允许打开 {files} 个文件",
            f"only {files} open files are allowed",
            f"ulimit -n {FILES_WANTED}，或在服务单元中设置 LimitNOFILE=",
            f"ulimit -n {FILES_WANTED}, or LimitNOFILE= in the service",
        )
    else:
        yield well(Side.HERE, f"允许打开 {files} 个文件", f"{files} open files are allowed")
    for direction in ("rmem_max", "wmem_max"):
        try:
            largest = int((_SYSCTL / direction).read_text())
        except (OSError, ValueError):
            continue
        if largest < socket_buffer_bytes:
            yield note(
                Side.HERE,
                f"网络缓冲上限 {direction} 只有 {largest} 字节，多终端突发时可能丢包",
                f"socket buffers ({direction}) are limited to {largest} bytes: a burst may lose packets",
                f"sysctl -w net.core.{direction}={socket_buffer_bytes}",
            )


def look_at_test_packages() -> Iterator[Finding]:
    """Nothing of this is needed to run the server."""
    for package, found in (
        ("chromium", shutil.which("chromium")),
        ("redis-server", shutil.which("redis-server")),
        ("postgresql", next(Path("/usr/lib/postgresql").glob("*/bin/initdb"), None)),
        ("fonts-wqy-microhei", next(Path("/usr/share/fonts").glob("**/wqy-microhei.ttc"), None)),
    ):
        if found:
            yield well(Side.HERE, f"测试用软件包 {package}", f"for the tests: {package}")
        else:
            yield note(
                Side.HERE,
                f"测试用软件包 {package} 未安装（运行服务不需要）",
                f"for the tests: {package} is not installed",
                f"apt install {package}",
            )
