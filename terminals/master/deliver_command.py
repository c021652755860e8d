"""The `deliver` command: a device in its dock hands over what it recorded, at full speed and without its camera."""

import contextlib
import os
import sys
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from terminals import world
from terminals.enforcement.delivery import Deliverer
from terminals.master.assembly import known_offset_us, lock, root_of
from terminals.master.disk import OwnDisk
from terminals.master.docked import Dock, Left
from terminals.master.on_board import enforcement_folder
from terminals.master.recovery import recover
from terminals.master.uploader import Uploader
from terminals.settings import TerminalSettings
from terminals.way_in import way_in

MB = 1e6


class NotEnrolled(LocalFault):
    def __init__(self, path: Path) -> None:
        zh = f"本机尚未注册：{path} 不存在"
        super().__init__("not_enrolled", f"{zh} / this device is not enrolled: there is no {path}")


async def deliver(settings: TerminalSettings) -> list[Left]:
    """What is left. Raises a LocalFault (also MasterBusy while an agent runs, which delivers by itself), OSError."""
    key_file, root, disk = Path(settings.server.device_key_file).expanduser(), root_of(settings), OwnDisk()
    if not key_file.exists():
        raise NotEnrolled(key_file)
    disk.make_folder(root)
    locked = lock(root)
    way = way_in(settings.server, "")
    assert way.access is not None
    try:
        recover(root, disk, way.access.key, world.utc_us() - (known_offset_us(root) or 0))
        most_bps = settings.master.upload_kbps * 1000 or None
        uploader = Uploader(
            root, disk, way.access, lambda: most_bps, lambda keys: None, say,
            forget_us=settings.master.forget_days * 86_400_000_000,
        )  # fmt: skip
        dock = Dock(way.access, uploader, Deliverer(way.access, enforcement_folder(settings)), say)
        begun = world.monotonic()
        left = await dock.run()
        _sum_up(uploader, left, world.monotonic() - begun)
        return left
    finally:
        await way.close()
        with contextlib.suppress(OSError):
            os.close(locked)


def _sum_up(uploader: Uploader, left: list[Left], seconds: float) -> None:
    counters = uploader.counters
    megabytes = counters.uploaded_bytes / MB
    say(
        f"已上传 uploaded {counters.uploads} segments, {megabytes:.1f} MB in {seconds:.1f} s "
        f"({megabytes / max(seconds, 0.001):.1f} MB/s)"
    )
    for one in left:
        say(f"{one.recording}: 未送达 not delivered: {one.why}")
    if not left:
        say("全部已确认 all of it is acknowledged by the server")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
