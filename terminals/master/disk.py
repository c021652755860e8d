"""Files that are only appended to, and the calls that make them survive a power cut; all of them may raise OSError."""

import os
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

    def reopen(self, path: Path) -> AppendFile:
        """To go on behind what is there; a new one where nothing is."""

    def make_folder(self, path: Path) -> None: ...

    def sync_folder(self, path: Path) -> None: ...

    def write_whole(self, path: Path, data: bytes) -> None:
        """All of it or nothing, durably."""

    def append_line(self, path: Path, line: bytes) -> None:
        """One whole line behind the others, durably."""

    def replace(self, path: Path, by: Path) -> None:
        """`by` under the name of `path`; durable when its folder is synced."""

    def remove(self, path: Path) -> None: ...


class OwnFile:
    """One new file that nobody else may read."""

    def __init__(self, path: Path, flags: int = os.O_EXCL) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)

    def append(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def sync(self) -> None:
        os.fdatasync(self._descriptor)

    def cut(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)


class OwnDisk:
    """A new name is durable only when its folder is synced as well."""

    def create(self, path: Path) -> AppendFile:
        return OwnFile(path)

    def reopen(self, path: Path) -> AppendFile:
        return OwnFile(path, 0)

    def replace(self, path: Path, by: Path) -> None:
        by.replace(path)

    def make_folder(self, path: Path) -> None:
        missing = []
        while not path.is_dir():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            self.sync_folder(folder.parent)

    def sync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write_whole(self, path: Path, data: bytes) -> None:
        new = path.with_name(path.name + ".new")
        new.unlink(missing_ok=True)
        file = self.create(new)
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        self.replace(path, new)
        self.sync_folder(path.parent)

    def append_line(self, path: Path, line: bytes) -> None:
        is_new = not path.exists()
        file = self.reopen(path)
        try:
            size = path.stat().st_size
            try:
                file.append(line)
                file.sync()
            except OSError:
                file.cut(size)  # half a line would spoil the next one
                raise
        finally:
            file.close()
        if is_new:
            self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.sync_folder(path.parent)
