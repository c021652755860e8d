"""How full the archive's folders are, what that forbids, and the reserve that is given up for the database."""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from dispatch_server.archive.limits import SpaceLimits

EASE_PERCENT = 2  # a level is left only when so much more is free: no flapping
BALLAST = "ballast"


class Level(IntEnum):
    FINE = 0
    ALARM = 1
    REFUSE = 2  # no new recording begins, but for what an enforcement needs
    STOP = 3  # nothing is written any more: the rest is the database's


@dataclass(frozen=True, slots=True)
class Room:
    total: int
    free: int


def level_of(room: Room, limits: SpaceLimits, before: Level = Level.FINE) -> Level:
    """`before` is the level until now: the way back wants a little more than the way there."""

    def reached(used_percent: float, free_bytes: int, level: Level) -> bool:
        eased = level <= before
        used = 100 * (room.total - room.free) / room.total if room.total else 100
        return used >= used_percent - (EASE_PERCENT if eased else 0) or room.free < free_bytes * (1.1 if eased else 1)

    if reached(1000, limits.stop_bytes, Level.STOP):
        return Level.STOP
    if reached(limits.refuse_percent, limits.refuse_bytes, Level.REFUSE):
        return Level.REFUSE
    return Level.ALARM if reached(limits.alarm_percent, 0, Level.ALARM) else Level.FINE


def measure(folder: Path) -> Room:
    usage = shutil.disk_usage(folder)
    return Room(usage.used + usage.free, usage.free)  # without what only root may use


class SpaceWatch:
    """The level of each root, as of the last `check`; the writers' threads read it."""

    def __init__(
        self, roots: Sequence[Path], limits: SpaceLimits, measure_room: Callable[[Path], Room] = measure
    ) -> None:
        self._roots = roots
        self.limits = limits
        self._measure = measure_room
        self.rooms = [Room(0, 0) for _ in roots]
        self.levels = [Level.FINE for _ in roots]

    def check(self) -> list[tuple[int, Level, Level]]:
        """Read the disks; what changed: root, level before, level now. Blocks: not on the loop."""
        changes = []
        for number, root in enumerate(self._roots):
            before = self.levels[number]
            try:
                self.rooms[number] = self._measure(root)
                level = level_of(self.rooms[number], self.limits, before)
            except OSError:
                level = Level.STOP
            if level is not before:
                self.levels[number] = level
                changes.append((number, before, level))
        return changes

    def has_room(self, root: int) -> bool:
        """Whether recordings that are open may go on there."""
        return self.levels[root] < Level.STOP

    def may_begin(self, important: bool = False) -> bool:
        """What an enforcement needs begins as long as anything may be written at all."""
        return any(level < (Level.STOP if important else Level.REFUSE) for level in self.levels)


class Ballast:
    """A file of real blocks that is given up when nothing else is left, so that rows and ledger can be written."""

    def __init__(self, folder: Path, size: int) -> None:
        self._path = folder / BALLAST
        self._size = size

    def keep(self, free: int, spare: int) -> None:
        """Make it when there is ample room for it."""
        if not self._size or free < self._size + spare or self._has():
            return
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            with self._path.open("xb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)

    def give_up(self) -> bool:
        if not self._path.exists():
            return False
        with suppress(OSError):
            self._path.unlink()
        return not self._path.exists()

    def _has(self) -> bool:
        return self._path.exists() and self._path.stat().st_blocks * 512 >= self._size
