"""Keeps space for the master: looks at the disk before each write, and does what the plan says, in its order."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dispatch_server.protocol.footage import MalformedFootage
from terminals.master import folders
from terminals.master.disk import Disk
from terminals.master.folders import Kept
from terminals.master.receipts import Vouching, receipted
from terminals.master.reserve import Reserve
from terminals.master.space import MAIN, Thresholds, decide

LOOK_AGAIN_BYTES = 8 << 20  # written, before the segments are counted anew while space is short


def free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def kept_segments(root: Path, vouching: Vouching | None, known: dict[Path, Kept] | None = None) -> list[Kept]:
    """All of this device; the newest segment of an open master is not ended. `known`: receipted ones, seen before."""
    known = {} if known is None else known
    found: list[Kept] = []
    for folder in folders.masters(root):
        with suppress(MalformedFootage, OSError):
            numbers = folders.segment_numbers(folder)
            is_open = folders.read_end(folder) is None
            paths = [folder / folders.sealed_name(number) for number in numbers]
            is_all_known = all(path in known for path in paths)
            have = receipted(folder, vouching) if vouching is not None and not is_all_known else {}
            for number, path in zip(numbers, paths, strict=True):
                ended = not is_open or number != numbers[-1]
                one = known.get(path) or _looked_at(folder, number, number in have, ended)
                if one.receipted and one.ended:
                    known[path] = one
                found.append(replace(one, bytes=folders.size_of(path)))
    return found


def _looked_at(folder: Path, number: int, is_receipted: bool, ended: bool) -> Kept:
    head = folders.verdict_of(folder, number).head
    return Kept(folder.name, number, 0, head.utc_us if head else 0, is_receipted, ended)


def give_up(root: Path, disk: Disk, vouching: Vouching | None, segment: Kept) -> bool:
    """Whether it went. The receipt is read from the disk once more: this cannot be undone."""
    folder = root / segment.recording
    if vouching is None or segment.segment not in receipted(folder, vouching):
        return False
    with suppress(OSError):
        disk.remove(folder / folders.sealed_name(segment.segment))
        return True
    return False


def make_room(
    root: Path, disk: Disk, vouching: Vouching | None, wanted: int, free: Callable[[Path], int] = free_bytes
) -> int:
    """Receipted footage goes, oldest first, until so many bytes are free; how many segments went."""
    plan = decide(free(root), Thresholds(wanted, 0, 0), kept_segments(root, vouching), MAIN)
    return sum(give_up(root, disk, vouching, segment) for segment in plan.delete)


class Steward:
    """Used by the writer's thread. `vouching()`: the pinned keys; without them nothing is ever given up."""

    def __init__(
        self, root: Path, disk: Disk, limits: Thresholds, reserve: Reserve,
        vouching: Callable[[], Vouching | None], free: Callable[[Path], int] = free_bytes,
    ) -> None:  # fmt: skip
        self.layer = MAIN
        self.writes = True
        self.given_up = 0
        self._root, self._disk, self._limits, self._reserve = root, disk, limits, reserve
        self._vouching, self._free = vouching, free
        self._next_look = 0
        self._known: dict[Path, Kept] = {}

    def has_room(self, size: int) -> bool:
        """Whether so much may be written; makes room first where that is allowed."""
        self._reserve.give_way(size)
        free = self._free(self._root) + self._reserve.bytes - size
        # Where nothing is written the bytes do not count the time: then it is looked again about every minute.
        self._next_look -= size if self.writes else LOOK_AGAIN_BYTES // 60
        if free >= self._limits.wanted and self.layer == MAIN and self.writes:
            self._next_look = 0
            return True
        is_due = self._next_look <= 0 or (self.writes and free < self._limits.least)
        kept = kept_segments(self._root, self._vouching(), self._known) if is_due else []
        if is_due:
            self._next_look = LOOK_AGAIN_BYTES
        plan = decide(free, self._limits, kept, self.layer)
        for segment in plan.delete:
            self.given_up += give_up(self._root, self._disk, self._vouching(), segment)
        self.layer, self.writes = plan.layer, plan.writes
        return self.writes
