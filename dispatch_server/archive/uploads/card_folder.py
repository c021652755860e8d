"""A folder of somebody else's making, read without trust: plain files of the names that are known, and no links."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dispatch_server.protocol.footage import MalformedFootage

MASTERS_AT_MOST, ENTRIES_AT_MOST = 10_000, 100_000
SMALL_BYTES = 16_384
_MASTER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SEALED, _INDEX = re.compile(r"[0-9]{6}\.sealed"), re.compile(r"[0-9]{6}\.jsonl")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe of that name must not be waited for


class CardFolder:
    """One master's folder. All names are looked up below its descriptor, never by a path that may change meanwhile."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self.name = name

    def segments(self) -> list[int]:
        """Whose sealed file is there."""
        return self._numbers(_SEALED)

    def indexes(self) -> list[int]:
        return self._numbers(_INDEX)

    def _numbers(self, form: re.Pattern[str]) -> list[int]:
        names = _names(self._descriptor, ENTRIES_AT_MOST)
        return sorted(int(name[:6]) for name in names if form.fullmatch(name))

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """Raises FileNotFoundError, and MalformedFootage for what is no plain file."""
        try:
            descriptor = os.open(name, _FILE, dir_fd=self._descriptor)
        except FileNotFoundError:
            raise
        except OSError as error:  # a link (ELOOP), a socket (ENXIO)
            raise MalformedFootage(f"{name} is no plain file") from error
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise MalformedFootage(f"{name} is no plain file")
            yield file

    def read(self, name: str, most: int = SMALL_BYTES) -> bytes:
        with self.opened(name) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise MalformedFootage(f"{name} is too large")
        return data

    def write_beside(self, name: str, data: bytes) -> None:
        """A new file in place of one of that name; a link of that name is replaced, not followed."""
        new = f".{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(new, flags, 0o644, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.rename(new, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        os.fsync(self._descriptor)


@contextmanager
def open_card(folder: Path) -> Iterator[list[CardFolder]]:
    """Every master below a folder; the folder itself, when it is one. What has another name is passed over."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    opened = [top]
    found = []
    try:
        names = _names(top, MASTERS_AT_MOST)
        if "recording.json" in names:
            found.append(CardFolder(top, folder.resolve().name))
        for name in sorted(names):
            if _MASTER.fullmatch(name):
                try:
                    descriptor = os.open(name, _FOLDER, dir_fd=top)
                except OSError:  # a link, or a file
                    continue
                opened.append(descriptor)
                found.append(CardFolder(descriptor, name))
        yield found
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _names(descriptor: int, most: int) -> set[str]:
    """Raises MalformedFootage when there are more."""
    names = set()
    with os.scandir(descriptor) as entries:
        for entry in entries:
            names.add(entry.name)
            if len(names) > most:
                raise MalformedFootage(f"there are more than {most} files")
    return names
