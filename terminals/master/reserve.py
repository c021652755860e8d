"""Space that is set aside before an enforcement starts: a file that gives way as footage grows."""

import os
import threading
from contextlib import suppress
from pathlib import Path

from dispatch_server.kit.errors import LocalFault

RESERVE = "reserve"
STEP_BYTES = 4 << 20  # it is shortened by so much at a time


class NoSpace(LocalFault):
    """There is not so much space on this device."""

    def __init__(self, wanted: int, free: int) -> None:
        zh = f"存储空间不足：需要 {wanted / 1e9:.1f} GB，可用 {free / 1e9:.1f} GB"
        super().__init__("no_space", f"{zh} / {wanted / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free")


class Reserve:
    """
    Really allocated (posix_fallocate), so that nobody else on this device takes it. The writer's thread lets it give
    way while another one may hold it anew.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / RESERVE
        self.bytes = self._due = 0
        self._turn = threading.RLock()
        self.look()

    def look(self) -> None:
        """Another program of this device may have held or released it."""
        with self._turn:
            self.bytes = 0
            with suppress(OSError):
                self.bytes = self._path.stat().st_size

    def hold(self, wanted: int) -> None:
        """Raises NoSpace; what was held before stays held then."""
        with self._turn:
            if wanted > self.bytes:
                self._allocate(wanted)

    def _allocate(self, wanted: int) -> None:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, wanted)
        except OSError:
            os.ftruncate(descriptor, self.bytes)
            state = os.statvfs(self._path)
            raise NoSpace(wanted, state.f_bavail * state.f_frsize + self.bytes) from None
        finally:
            os.close(descriptor)
        self.bytes, self._due = wanted, 0

    def give_way(self, written: int) -> None:
        """So much footage was or is about to be written; a little ahead of it, so that there is always room."""
        with self._turn:
            self._due += written if self.bytes else 0
            if self.bytes and self._due > 0:
                steps = -(-self._due // STEP_BYTES)
                self._due -= steps * STEP_BYTES
                self._shorten(max(0, self.bytes - steps * STEP_BYTES))

    def release(self) -> None:
        with self._turn:
            self._due = 0
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
                self.bytes = 0

    def _shorten(self, size: int) -> None:
        with suppress(OSError):
            size = min(size, self._path.stat().st_size)
            os.truncate(self._path, size)
            self.bytes = size
