"""A machine that stops at its Nth call to the disk, and does nothing any more from then on."""

from pathlib import Path

from dispatch_server.archive.disk import AppendFile, LocalDisk, LocalFile


class Killed(BaseException):
    """No program hears of it: nothing that runs afterwards reaches the disk."""


class DyingDisk(LocalDisk):
    """An append that is the Nth call leaves the first part of its bytes behind."""

    def __init__(self, nth: int) -> None:
        super().__init__()
        self.calls = 0
        self._nth = nth

    def step(self) -> None:
        """Raises Killed."""
        self.calls += 1
        if self.calls >= self._nth:
            raise Killed

    def create(self, path: Path) -> AppendFile:
        self.step()
        return _DyingFile(self, path)

    def sync_folder(self, path: Path) -> None:
        self.step()
        super().sync_folder(path)

    def write_whole(self, path: Path, data: bytes) -> None:
        self.step()
        super().write_whole(path, data)

    def remove(self, path: Path) -> None:
        self.step()
        super().remove(path)


class _DyingFile(LocalFile):
    def __init__(self, disk: DyingDisk, path: Path) -> None:
        super().__init__(path)
        self._disk = disk

    def append(self, data: bytes) -> None:
        try:
            self._disk.step()
        except Killed:
            super().append(data[: data.find(b"\n") + 1 or len(data) // 2])  # a whole first line is the worst case
            raise
        super().append(data)

    def sync(self) -> None:
        self._disk.step()
        super().sync()

    def cut(self, size: int) -> None:
        self._disk.step()
        super().cut(size)
