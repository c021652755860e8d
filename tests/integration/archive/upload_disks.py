"""Disks for uploads: one that loses power at its Nth operation, with all that was not synced; one that fails once."""

import errno
import os
from pathlib import Path

from dispatch_server.archive.disk import AppendFile, LocalDisk, LocalFile
from dispatch_server.archive.uploads.spool import ReopenedFile


class PowerCut(BaseException):
    """Nobody catches it: nothing runs after a power cut."""


class CrashDisk(LocalDisk):
    """
    Real files, and the knowledge of what of them is durable. `cut_at`: the operation before which the power goes;
    `lies`: protection off, a sync returns and does nothing.
    """

    def __init__(self, cut_at: int = 0, lies: bool = False) -> None:
        self.cut_at, self.lies, self.count = cut_at, lies, 0
        self.sizes: dict[Path, int] = {}  # durable bytes of files that were written to
        self.names: dict[Path, bytes | None] = {}  # what a name was before, until its folder is synced

    def step(self) -> None:
        self.count += 1
        if self.cut_at and self.count >= self.cut_at:
            raise PowerCut

    def create(self, path: Path) -> AppendFile:
        self.step()
        file = CrashFile(self, path)
        self.names.setdefault(path, None)
        self.sizes[path] = 0
        return file

    def reopen(self, path: Path) -> AppendFile:
        self.step()
        self.sizes.setdefault(path, path.stat().st_size)
        return CrashReopened(self, path)

    def sync_folder(self, path: Path) -> None:
        self.step()
        if not self.lies:
            self.names = {name: before for name, before in self.names.items() if name.parent != path}

    def write_whole(self, path: Path, data: bytes) -> None:
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        file = self.create(new)
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        self.step()
        self.names.setdefault(path, path.read_bytes() if path.exists() else None)
        new.replace(path)
        self.sizes[path] = self.sizes.pop(new)
        self.names.pop(new, None)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        self.step()
        if path.exists():
            self.names.setdefault(path, path.read_bytes())
            self.sizes.pop(path, None)
        super().remove(path)

    def crash(self) -> None:
        """What the disk holds when the power is back."""
        for path, size in self.sizes.items():
            if path.exists() and path.stat().st_size > size:
                os.truncate(path, size)
        for path, before in self.names.items():
            if before is None:
                path.unlink(missing_ok=True)
            elif path.parent.is_dir():
                path.write_bytes(before)


class _Tracked(LocalFile):
    disk: CrashDisk
    path: Path

    def append(self, data: bytes) -> None:
        self.disk.step()
        super().append(data)

    def sync(self) -> None:
        self.disk.step()
        if not self.disk.lies:
            self.disk.sizes[self.path] = self.path.stat().st_size

    def cut(self, size: int) -> None:
        self.disk.step()
        super().cut(size)
        self.disk.sizes[self.path] = min(size, self.disk.sizes[self.path])


class CrashFile(_Tracked):
    def __init__(self, disk: CrashDisk, path: Path) -> None:
        super().__init__(path)
        self.disk, self.path = disk, path


class CrashReopened(_Tracked):
    flags = ReopenedFile.flags

    def __init__(self, disk: CrashDisk, path: Path) -> None:
        super().__init__(path)
        self.disk, self.path = disk, path


class FailingDisk(LocalDisk):
    """
    The Nth sync or append of a file that carries bytes fails once; with a sync the bytes since the one before are
    lost, as on Linux. `retry` is protection off: it is synced again and believed.
    """

    def __init__(self, sync: int = 0, append: int = 0, error: int = errno.EIO, retry: bool = False) -> None:
        self.syncs_left, self.appends_left, self.error, self.retry = sync, append, error, retry
        self.failed = 0
        self.synced_after_error: list[Path] = []

    def create(self, path: Path) -> AppendFile:
        return FailingFile(self, path, LocalFile(path))

    def reopen(self, path: Path) -> AppendFile:
        return FailingFile(self, path, ReopenedFile(path))


class FailingFile:
    def __init__(self, disk: FailingDisk, path: Path, file: LocalFile) -> None:
        self.disk, self.path, self.file = disk, path, file
        self.sound, self.broken = path.stat().st_size, False

    def append(self, data: bytes) -> None:
        self.disk.appends_left -= 1
        if self.disk.appends_left == 0:
            self.disk.failed += 1
            self.file.append(data[: len(data) // 2])
            raise OSError(self.disk.error, os.strerror(self.disk.error))
        self.file.append(data)

    def sync(self) -> None:
        if self.broken:
            self.disk.synced_after_error.append(self.path)
        self.disk.syncs_left -= 1
        if self.disk.syncs_left == 0:
            self.disk.failed += 1
            self.broken = True
            lost = self.path.stat().st_size - self.sound
            with self.path.open("r+b") as file:
                file.seek(self.sound)
                file.write(bytes(lost))
            if not self.disk.retry:
                raise OSError(self.disk.error, os.strerror(self.disk.error))
        self.file.sync()
        self.sound = self.path.stat().st_size

    def cut(self, size: int) -> None:
        self.file.cut(size)
        self.sound = min(size, self.sound)

    def close(self) -> None:
        self.file.close()
