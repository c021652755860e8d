"""Takes away what was written to a master and never announced, where the disk that failed did not let the writer."""

from pathlib import Path

from dispatch_server.protocol.footage import EMPTY, Line, write_line
from terminals.master import folders
from terminals.master.disk import Disk


def tidy(folder: Path, disk: Disk, end_chain: str = "") -> None:
    """
    Of each segment counts what the next one follows, and of the last what the end closes; without an end (empty) all
    that its index describes. Raises MalformedFootage, OSError.
    """
    for number in folders.segment_numbers(folder):
        if folders.verdict_of(folder, number).problems == (EMPTY,):
            put_aside(folder, number, disk)
    numbers = folders.segment_numbers(folder)
    for at, number in enumerate(numbers):
        wanted = _followed_by(folder, numbers[at + 1]) if at + 1 < len(numbers) else end_chain
        verdict = folders.verdict_of(folder, number)
        lines = verdict.lines
        kept = next((n for n, line in enumerate(lines, 1) if line.chain.hex() == wanted), 0)
        if kept:
            _cut_behind(folder, number, lines[:kept], disk)
        elif verdict.head is not None and verdict.head.previous == wanted:
            put_aside(folder, number, disk)


def put_aside(folder: Path, number: int, disk: Disk) -> None:
    """Nothing of it was announced."""
    for path in (folder / folders.index_name(number), folder / folders.sealed_name(number)):
        if path.exists():
            disk.replace(path.with_name(path.name + folders.TAIL), path)
    disk.sync_folder(folder)


def cut(path: Path, size: int, disk: Disk) -> None:
    file = disk.reopen(path)
    try:
        file.cut(size)
    finally:
        file.close()


def _followed_by(folder: Path, number: int) -> str:
    head = folders.verdict_of(folder, number).head
    return head.previous if head is not None else ""


def _cut_behind(folder: Path, number: int, kept: tuple[Line, ...], disk: Disk) -> None:
    index, sealed = folder / folders.index_name(number), folder / folders.sealed_name(number)
    size = sum(len(write_line(line)) for line in kept)
    if folders.size_of(index) > size:
        cut(index, size, disk)
    described = folders.sealed_size(folders.verdict_of(folder, number))
    if folders.size_of(sealed) > described:
        cut(sealed, described, disk)
