"""Puts the master of an enrolled device together: its lock, what a crash left, space, keys and clock."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from terminals import world
from terminals.device_key import DeviceKey
from terminals.master.disk import OwnDisk
from terminals.master.master import Master
from terminals.master.recovery import recover
from terminals.master.reserve import Reserve
from terminals.master.server_keys import pinned
from terminals.master.space import Thresholds
from terminals.master.stewardship import Steward
from terminals.settings import MasterSection, TerminalSettings

LOCK, CLOCK = "lock", "clock-offset"
MB = 1 << 20
TICK_S = 0.5
MARGIN = 1.1  # containers, tags and rate control on top of the bit rates


class MasterBusy(LocalFault):
    def __init__(self, folder: Path) -> None:
        super().__init__("master_busy", f"another program of this device records in {folder}")


def root_of(settings: TerminalSettings) -> Path:
    """A relative folder lies beside the device's key: what is kept there was sealed for that key's server."""
    beside = Path(settings.server.device_key_file).expanduser().parent
    return beside / Path(settings.master.folder).expanduser()


def bytes_per_s(settings: TerminalSettings) -> int:
    """What recording takes on a good link."""
    sound = settings.microphone.kbps if settings.microphone.kind != "none" else 0
    return round((settings.main.kbps + sound) * 1000 / 8 * MARGIN)


def reserve_bytes(settings: TerminalSettings) -> int:
    """What is set aside for an enforcement that begins."""
    return round(settings.master.reserve_hours * 3600 * bytes_per_s(settings))


def thresholds(own: MasterSection) -> Thresholds:
    """Receipted footage goes early enough that the small picture is a last resort."""
    return Thresholds(2 * own.low_mb * MB, own.low_mb * MB, own.least_mb * MB)


def lock(root: Path) -> int:
    """Raises MasterBusy, OSError. Held until the descriptor is closed, at the latest when the process is gone."""
    descriptor = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise MasterBusy(root) from None
    return descriptor


def is_locked(root: Path) -> bool:
    """Whether an agent records there now."""
    try:
        os.close(lock(root))
    except MasterBusy:
        return True
    return False


def known_offset_us(root: Path) -> int | None:
    """This clock minus the server's, as the agent learned it last; None when it never did."""
    try:
        return int((root / CLOCK).read_text("ascii")[:20])
    except (OSError, ValueError):
        return None


@dataclass(slots=True)
class MasterRoom:
    """The master with what it stands on; `closed` once."""

    root: Path
    disk: OwnDisk
    master: Master
    steward: Steward
    reserve: Reserve
    _lock: int
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self.master.start()
        self._tasks.append(asyncio.create_task(self._tick(), name="master ticks"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.master.stop)
        with contextlib.suppress(OSError):
            os.close(self._lock)

    async def _tick(self) -> None:
        while True:
            self.master.tick(world.monotonic())
            await asyncio.sleep(TICK_S)


def open_room(
    settings: TerminalSettings,
    key: Callable[[], DeviceKey],
    clock: Callable[[], tuple[int, int]],
    on_key_wanted: Callable[[Layer], None],
) -> MasterRoom:
    """Closes first what a crash left open. Raises MasterBusy, ServerKeysWrong, OSError."""
    own, disk = settings.master, OwnDisk()
    root = root_of(settings)
    disk.make_folder(root)
    locked = lock(root)
    recover(root, disk, key(), world.utc_us() - clock()[1])
    reserve = Reserve(root)
    steward = Steward(root, disk, thresholds(own), reserve, lambda: master.server.vouching if master.server else None)
    limits = RecorderLimits(segment_us=round(own.segment_s * 1_000_000))
    master = Master(root, disk, steward, key, clock, limits, own.queue_mb * MB, on_key_wanted)
    master.server = pinned(root)
    return MasterRoom(root, disk, master, steward, reserve, locked)
