"""The journal: acts that must never wait (SOS, streams, recording), in synced files until they are folded in."""

import errno
import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from dispatch_server.audit import frames
from dispatch_server.audit.canonical import canonical, read
from dispatch_server.audit.limits import JournalLimits
from dispatch_server.audit.model import act_of, fitted, form_of
from dispatch_server.kit.acts import Act
from dispatch_server.runtime.files import PRIVATE_FILE, make_private_folder, sync_folder

_SUFFIX = ".acts"


@dataclass(slots=True)
class Kept:
    """What a file of the journal holds; `lost_bytes` belong to no whole act."""

    acts: list[Act]
    lost_bytes: int


class Journal:
    """
    `add` on the loop only puts an act into memory; `flush`, `switch` and `read` are for a thread.

    After an error nothing of that file is believed to be written: it all goes into the next one, and what is there
    twice is folded in once.
    """

    def __init__(self, folder: Path, limits: JournalLimits) -> None:
        self.lost = 0  # acts that found no room, not yet told
        self.failures = 0
        self._folder = folder
        self._limits = limits
        self._queue: deque[Act] = deque()
        self._in_hand: list[Act] = []  # taken by the thread that writes, until they are synced
        self._lock = Lock()
        self._descriptor: int | None = None
        self._number = 0

    def open(self) -> None:
        """Behind the files that an earlier life left."""
        make_private_folder(self._folder)
        self._number = max((_number_of(path) for path in self._files()), default=0) + 1

    def add(self, act: Act) -> None:
        if self.waiting >= self._limits.queue:
            self.lost += 1
        else:
            self._queue.append(fitted(act))

    @property
    def waiting(self) -> int:
        """Acts in memory."""
        return len(self._queue) + len(self._in_hand)

    def flush(self) -> None:
        """Write and sync what waits. Raises OSError; the acts then wait on."""
        with self._lock:
            if self._queue and self.bytes_kept() > self._limits.bytes:
                raise OSError(errno.ENOSPC, "the journal is as large as it may be")
            while self._queue:
                self._in_hand.append(self._queue.popleft())
            if not self._in_hand:
                return
            try:
                self._write(b"".join(frames.framed(canonical(form_of(act))) for act in self._in_hand))
            except OSError:
                self.failures += 1
                self._close()
                raise
            self._in_hand.clear()

    def switch(self) -> list[Path]:
        """The next act goes into a new file; those before it, the oldest first."""
        with self._lock:
            self._close()
            return [path for path in self._files() if _number_of(path) < self._number]

    def read(self, path: Path) -> Kept:
        found = frames.read(path.read_bytes())
        kept = Kept([], found.lost_bytes)
        for content in found.contents:
            try:
                kept.acts.append(act_of(read(content)))
            except (ValueError, KeyError, TypeError):
                kept.lost_bytes += len(content)
        return kept

    def forget(self, path: Path) -> None:
        """All of it is in the ledger."""
        path.unlink(missing_ok=True)
        sync_folder(self._folder)

    def bytes_kept(self) -> int:
        return sum(_bytes_of(path) for path in self._files())

    def close(self) -> None:
        """What waits is written; without room or disk it is lost with this process."""
        with suppress(OSError):
            self.flush()
        with self._lock:
            self._close()

    def _write(self, data: bytes) -> None:
        if self._descriptor is None:
            path = self._folder / f"{self._number:08}{_SUFFIX}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, PRIVATE_FILE)
            sync_folder(self._folder)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        os.fdatasync(self._descriptor)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._number += 1
            with suppress(OSError):
                os.close(descriptor)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"[0-9]*{_SUFFIX}")) if self._folder.is_dir() else []


def _number_of(path: Path) -> int:
    return int(path.stem) if path.stem.isdecimal() else 0


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # folded in and forgotten meanwhile
        return 0
