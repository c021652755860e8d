"""A small disk in memory that can be filled to the last byte and emptied again."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import able

STUFFING = ".stuffing"


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """The mounted tmpfs; `folder` is where it is."""

    folder: Path

    def free_bytes(self) -> int:
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize

    def fill(self, leave_bytes: int = 0) -> None:
        """Take all room but this much."""
        with (self.folder / STUFFING).open("ab") as file:
            while (room := self.free_bytes() - leave_bytes) > 0:
                try:
                    file.write(bytes(min(room, 1 << 20)))
                    file.flush()
                except OSError as error:
                    if error.errno == errno.ENOSPC:
                        return
                    raise

    def empty(self) -> None:
        """Give back what `fill` took."""
        (self.folder / STUFFING).unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size_mb: int = 8) -> Iterator[SmallDisk]:
    """A tmpfs of this size at `folder`/small, gone afterwards."""
    place = folder / "small"
    place.mkdir()
    mount, unmount = able.program("mount") or "mount", able.program("umount") or "umount"
    subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size_mb}m", "dispatch-test", str(place)], check=True, timeout=20
    )
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run([unmount, "-l", str(place)], check=True, timeout=20)
