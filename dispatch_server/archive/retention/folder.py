"""One recording's folder, opened so that nothing outside can be reached: no link is followed on the way or in it."""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
LARGEST_KEPT_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Found:
    name: str
    bytes: int
    is_folder: bool


class RecordingFolder:
    """Everything blocks and may raise OSError; `with RecordingFolder(root, place) as folder`."""

    def __init__(self, root: Path, place: Path) -> None:
        self._root, self._place, self._descriptor = root, place, -1

    def __enter__(self) -> Self:
        """Raises FileNotFoundError when there is none, NotADirectoryError or OSError when a link stands in its way."""
        self._descriptor = os.open(self._root, _FOLDER & ~os.O_NOFOLLOW)  # the root itself is the settings' word
        for part in self._place.parts:
            inner = os.open(part, _FOLDER, dir_fd=self._descriptor)
            os.close(self._descriptor)
            self._descriptor = inner
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
        self._descriptor = -1

    def names(self) -> list[Found]:
        found = []
        for name in sorted(os.listdir(self._descriptor)):  # noqa: PTH208 - a path would not be this folder
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            found.append(Found(name, status.st_size, stat.S_ISDIR(status.st_mode)))
        return found

    def read(self, name: str) -> bytes | None:
        """A small file of ours; None when there is none."""
        try:
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=self._descriptor)
        except FileNotFoundError:
            return None
        try:
            return os.read(file, LARGEST_KEPT_BYTES)
        finally:
            os.close(file)

    def write_whole(self, name: str, data: bytes) -> None:
        """All of it or nothing, durably, in place of what had that name."""
        new = f"{name}.new"
        with suppress(FileNotFoundError):
            os.unlink(new, dir_fd=self._descriptor)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(new, flags, 0o640, dir_fd=self._descriptor)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
        os.rename(new, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        self.sync()

    def remove(self, name: str) -> None:
        """Of a link the link itself; what it points to is not ours."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def sync(self) -> None:
        os.fsync(self._descriptor)
