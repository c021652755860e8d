"""Files that are only ever appended to, and the few calls that make them durable; all of them may raise OSError."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class AppendFile(Protocol):
    def append(self, data: bytes) -> None: ...

    def sync(self) -> None:
        """Returns when what was appended survives a power cut. After an error the file is never to be trusted."""

    def cut(self, size: int) -> None: ...

    def close(self) -> None: ...


class Disk(Protocol):
    def create(self, path: Path) -> AppendFile: ...

    def make_folder(self, path: Path) -> None: ...

    def sync_folder(self, path: Path) -> None: ...

    def write_whole(self, path: Path, data: bytes) -> None:
        """All of it or nothing, durably."""

    def remove(self, path: Path) -> None: ...


@dataclass(slots=True)
class DiskCounters:
    """From several threads: about right."""

    syncs: int = 0
    bytes: int = 0


class LocalFile:
    """One file of our own making, open for appending."""

    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC

    def __init__(self, path: Path, counters: DiskCounters | None = None) -> None:
        self._counters = counters or DiskCounters()
        self._descriptor = os.open(path, self.flags, 0o640)

    def append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self._counters.bytes += len(data)

    def sync(self) -> None:
        self._counters.syncs += 1
        os.fdatasync(self._descriptor)

    def cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class LocalDisk:
    """A folder of this machine; a new name is durable only when its folder is synced as well."""

    counters = DiskCounters()  # of all that have none of their own

    def __init__(self, counters: DiskCounters | None = None) -> None:
        if counters is not None:
            self.counters = counters

    def create(self, path: Path) -> AppendFile:
        return LocalFile(path, self.counters)

    def make_folder(self, path: Path) -> None:
        missing = []
        while not path.is_dir():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            folder.mkdir(mode=0o750, exist_ok=True)
            self.sync_folder(folder.parent)

    def sync_folder(self, path: Path) -> None:
        self.counters.syncs += 1
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write_whole(self, path: Path, data: bytes) -> None:
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        file = LocalFile(new, self.counters)
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        new.replace(path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
