"""Disks that fail in the ways that real ones do."""

import errno
from collections.abc import Callable
from pathlib import Path
from threading import Event

from dispatch_server.archive.disk import AppendFile, LocalDisk, LocalFile


class LyingDisk(LocalDisk):
    """
    The Nth sync fails with EIO and the bytes since the sync before are gone; later syncs of that file succeed, as
    on Linux, where the kernel has forgotten by then.
    """

    def __init__(self, nth: int, retry: bool = False) -> None:
        super().__init__()
        self.left = nth
        self.retry = retry  # protection off: sync again and believe it
        self.synced_after_error: list[Path] = []

    def create(self, path: Path) -> AppendFile:
        return _LyingFile(self, path)


class _LyingFile(LocalFile):
    def __init__(self, disk: LyingDisk, path: Path) -> None:
        super().__init__(path)
        self._disk, self._path, self._failed = disk, path, False
        self._sound = 0

    def sync(self) -> None:
        if self._failed:
            self._disk.synced_after_error.append(self._path)
        self._disk.left -= 1
        if self._disk.left == 0:
            self._failed = True
            size = self._path.stat().st_size
            with self._path.open("r+b") as file:
                file.seek(self._sound)
                file.write(bytes(size - self._sound))
            if not self._disk.retry:
                raise OSError(errno.EIO, "no such luck")
        super().sync()
        self._sound = self._path.stat().st_size


class SmallDisk(LocalDisk):
    """Takes so many bytes in all, and a part of the write that passes it."""

    def __init__(self, size: int, cuts: bool = True) -> None:
        super().__init__()
        self.free = size
        self.cuts = cuts  # False is protection off: what is half written stays

    def create(self, path: Path) -> AppendFile:
        if self.free <= 0:
            raise OSError(errno.ENOSPC, "full")
        return _SmallFile(self, path)


class _SmallFile(LocalFile):
    def __init__(self, disk: SmallDisk, path: Path) -> None:
        super().__init__(path)
        self._disk, self._path = disk, path

    def append(self, data: bytes) -> None:
        taken = data[: max(0, self._disk.free)]
        self._disk.free -= len(data)
        super().append(taken)
        if len(taken) < len(data):
            raise OSError(errno.ENOSPC, "full")

    def cut(self, size: int) -> None:
        if self._disk.cuts:
            super().cut(size)


class StuckDisk(LocalDisk):
    """A sync returns when `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = Event()

    def create(self, path: Path) -> AppendFile:
        return _StuckFile(path, self.go.wait)


class _StuckFile(LocalFile):
    def __init__(self, path: Path, wait: Callable[[], object]) -> None:
        super().__init__(path)
        self._wait = wait

    def sync(self) -> None:
        self._wait()
        super().sync()
