"""A disk of one's own, as an ext4 in a file, whose power can be cut: what was not synced is gone."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults import able

EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2


def _call(name: str, *words: str) -> None:
    subprocess.run([able.program(name) or name, *words], check=True, capture_output=True, text=True, timeout=60)


@dataclass(slots=True)
class Disk:
    """The mounted file system; `folder` is where it is."""

    image: Path
    folder: Path
    mounted: bool = False

    def mount(self) -> None:
        """Switch it on; the journal is replayed as after any power cut."""
        _call("mount", "-o", "loop", str(self.image), str(self.folder))
        self.mounted = True

    def cut_power(self) -> None:
        """From here on every access fails with EIO; nothing that waits reaches the file."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        if self.mounted:
            _call("umount", str(self.folder))
            self.mounted = False

    def restart(self) -> None:
        """Off and on again. Programs that hold its files must be dead by now."""
        self.unmount()
        self.mount()


@contextmanager
def loop_disk(folder: Path, size_mb: int = 64) -> Iterator[Disk]:
    """An empty ext4 of this size under `folder`, gone afterwards."""
    disk = Disk(folder / "disk.img", folder / "disk")
    disk.folder.mkdir()
    with disk.image.open("wb") as file:
        file.truncate(size_mb << 20)
    _call("mkfs.ext4", "-q", "-F", str(disk.image))
    disk.mount()
    try:
        yield disk
    finally:
        disk.unmount()
        disk.image.unlink()
