"""A terminal's disk that is stopped before its Nth operation, with or without what was not synced, or fails then."""

import contextlib
import errno
import os
import shutil
from pathlib import Path

from terminals.master.disk import AppendFile, OwnDisk, OwnFile

STOPS = ("kill", "torn kill", "power", "torn power")


class Stopped(BaseException):
    """Nobody catches it: nothing runs after a kill or a power cut."""


class BadDisk(OwnDisk):
    """
    Real files, and the knowledge of what of them is durable. At operation `at` (0: never) it does what `how` says:

    kill         nothing runs any more; all that was written is there
    torn kill    the same, in the middle of that write
    power        the same, and what was not synced is gone: bytes, and names whose folder was not synced
    torn power   the other way in which it may come: names are there, and half of the bytes that were not synced
    ENOSPC, EIO  that operation, and `lasts` more, fail; a write half way

    `lies` is protection off: a sync returns and does nothing. `syncs`: it really syncs, for a real power cut.
    """

    syncs = False

    def __init__(self, at: int = 0, how: str = "power", lies: bool = False, lasts: int = 1) -> None:
        self.at, self.how, self.lies, self.lasts = at, how, lies, lasts
        self.count = self.failed = 0
        self.sizes: dict[Path, int] = {}  # durable bytes of files that were written to
        self.files: list[OwnFile] = []
        self.names: dict[Path, bytes | None] = {}  # what stood there before, until its folder is synced

    def step(self) -> bool:
        """Whether this is the write to tear."""
        self.count += 1
        if not self.at or self.count < self.at:
            return False
        if self.how not in STOPS:
            if self.count >= self.at + self.lasts:
                return False
            self.failed += 1
            return True
        if self.how.startswith("torn") and self.count == self.at:
            return True
        raise Stopped

    def fail(self) -> None:
        if self.how in STOPS:
            raise Stopped
        raise OSError(getattr(errno, self.how), "no such luck")

    def create(self, path: Path) -> AppendFile:
        if self.step():
            self.fail()
        file = BadFile(self, path, os.O_EXCL)
        self.names.setdefault(path, None)
        self.sizes[path] = 0
        return file

    def reopen(self, path: Path) -> AppendFile:
        if self.step():
            self.fail()
        if not path.exists():
            self.names.setdefault(path, None)
        self.sizes.setdefault(path, path.stat().st_size if path.exists() else 0)
        return BadFile(self, path, 0)

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            if self.step():
                self.fail()
            self.names.setdefault(path, None)
        super().make_folder(path)

    def sync_folder(self, path: Path) -> None:
        if self.step():
            self.fail()
        if self.syncs:
            super().sync_folder(path)
        if not self.lies:
            self.names = {name: before for name, before in self.names.items() if name.parent != path}

    def replace(self, path: Path, by: Path) -> None:
        if self.step():
            self.fail()
        self.names.setdefault(path, path.read_bytes() if path.exists() else None)
        super().replace(path, by)
        self.names.pop(by, None)
        if by in self.sizes:
            self.sizes[path] = self.sizes.pop(by)

    def remove(self, path: Path) -> None:
        if self.step():
            self.fail()
        if path.exists():
            self.names.setdefault(path, path.read_bytes())
        super().remove(path)

    def restart(self) -> None:
        """What is there when the power is back; nobody has its files open any more."""
        for file in self.files:
            with contextlib.suppress(OSError):
                file.close()
        if "power" not in self.how:
            return
        is_torn = self.how.startswith("torn")
        for path, size in self.sizes.items():
            if path.exists() and (lost := path.stat().st_size - size) > 0:
                os.truncate(path, size + (lost // 2 if is_torn else 0))
        for path, before in [] if is_torn else list(self.names.items()):
            if path.is_dir():
                shutil.rmtree(path)
            elif before is None:
                path.unlink(missing_ok=True)
            elif path.parent.is_dir():
                path.write_bytes(before)


class BadFile(OwnFile):
    def __init__(self, disk: BadDisk, path: Path, flags: int) -> None:
        super().__init__(path, flags)
        self._disk, self._path = disk, path
        disk.files.append(self)

    def append(self, data: bytes) -> None:
        if self._disk.step():
            super().append(data[: len(data) // 2])
            self._disk.fail()
        super().append(data)

    def sync(self) -> None:
        if self._disk.step():
            self._disk.fail()
        if self._disk.syncs:
            super().sync()
        if not self._disk.lies:
            self._disk.sizes[self._path] = self._path.stat().st_size

    def cut(self, size: int) -> None:
        if self._disk.step():
            self._disk.fail()
        super().cut(size)
        self._disk.sizes[self._path] = min(size, self._disk.sizes.get(self._path, size))
