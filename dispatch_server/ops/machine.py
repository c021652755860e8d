"""What the doctor looks at on this machine: folders, space, clock, limits, and packages that the tests use."""

import ctypes
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dispatch_server.ops.finding import Finding, mend, note, well
from dispatch_server.runtime.files import create_whole, make_private_folder
from dispatch_server.runtime.world import World
from dispatch_server.settings import ArchiveSettings, Settings

FILES_WANTED = 4096
OLDEST_PLAUSIBLE_UTC_US = 1_767_225_600_000_000  # 2026-01-01: before this program was written
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512
_GIB = 1024**3
_SYSCTL = Path("/proc/sys/net/core")


def look_at_python() -> Iterator[Finding]:
    yield well(f"Python {'.'.join(str(part) for part in sys.version_info[:3])}")


def look_at_folders(settings: Settings, world: World) -> Iterator[Finding]:
    """Each is made where missing, and one small synced file is written and removed."""
    for name, folder in (
        ("data", settings.data_folder),
        ("archive", settings.archive.folder),
        ("objects", settings.objects.folder),
    ):
        path = Path(folder)
        try:
            make_private_folder(path)
            trial = path / f".doctor-{world.chance(4).hex()}"
            create_whole(trial, [b"doctor"], f"{trial.name}-part")
            trial.unlink()
        except OSError as error:
            yield mend(
                f"the {name} folder {path} cannot be written: {error.strerror}",
                f"chown it to the user that runs the server ({os.geteuid()}), or name another one in the settings",
            )
        else:
            yield well(f"the {name} folder can be written: {path}")


def look_at_space(settings: ArchiveSettings) -> Iterator[Finding]:
    path = next(place for place in (Path(settings.folder), *Path(settings.folder).parents) if place.exists())
    usage = shutil.disk_usage(path)
    used_percent = 100 * (usage.total - usage.free) / usage.total
    told = f"{usage.free / _GIB:.1f} GiB free, {used_percent:.0f} % used, for recordings in {path}"
    cure = "make room on that volume, or put archive.folder on a larger one"
    if used_percent >= settings.disk_refuse_percent or usage.free < settings.disk_refuse_bytes:
        yield mend(f"{told}: no new recording would begin", cure)
    elif used_percent >= settings.disk_alarm_percent:
        yield note(f"{told}: above the alarm at {settings.disk_alarm_percent} %", cure)
    else:
        yield well(told)


def look_at_clock(world: World) -> Iterator[Finding]:
    if world.utc_us() < OLDEST_PLAUSIBLE_UTC_US:
        yield mend("the clock is years behind", "set it, and install chrony or systemd-timesyncd")
    elif is_synchronised() is False:
        yield note(
            "nothing keeps the clock right; recordings carry its time as evidence",
            "apt install chrony (or enable systemd-timesyncd), with a time server that this machine can reach",
        )
    else:
        yield well("the clock is kept right")


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
        yield note(f"only {files} open files are allowed", f"ulimit -n {FILES_WANTED}, or LimitNOFILE= in the service")
    else:
        yield well(f"{files} open files are allowed")
    for direction in ("rmem_max", "wmem_max"):
        try:
            largest = int((_SYSCTL / direction).read_text())
        except (OSError, ValueError):
            continue
        if largest < socket_buffer_bytes:
            yield note(
                f"socket buffers are limited to {largest} bytes: a burst of many terminals may lose packets",
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
            yield well(f"for the tests: {package}")
        else:
            yield note(f"for the tests: {package} is not installed", f"apt install {package}, or `make test` as root")
