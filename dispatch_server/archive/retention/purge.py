"""Removes a recording's media so that a crash at any point leaves either all of it or a tombstone that says so."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch_server.archive.folders import CARD, END
from dispatch_server.archive.retention.folder import RecordingFolder
from dispatch_server.archive.retention.tombstone import TOMBSTONE, Tombstone, read_tombstone, write_tombstone
from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import Seal, read_seal

SEAL, STAMP, DEVICE_KEY = "seal.json", "seal.tsr", "device_key.json"
KEPT = frozenset({CARD, END, SEAL, STAMP, TOMBSTONE, DEVICE_KEY})
Open = Callable[[Path, Path], RecordingFolder]


class PurgeFails(LocalFault):
    """A folder is not as it must be, so that nothing of it was removed."""

    def __init__(self, sentence: str) -> None:
        super().__init__("purge_fails", sentence)


@dataclass(frozen=True, slots=True)
class Removed:
    files: int
    bytes: int


def seal_of(roots: Sequence[Path], place: Path) -> Seal | None:
    """The seal as it lies in the folder; None when there is none that can be read. Raises OSError."""
    for root in roots:
        try:
            with RecordingFolder(root, place) as folder:
                data = folder.read(SEAL)
        except FileNotFoundError:
            continue
        if data is not None:
            try:
                return read_seal(data)
            except MalformedFootage:
                return None
    return None


def purge(
    roots: Sequence[Path], place: Path, tombstone: Tombstone, utc_us: int, open_folder: Open = RecordingFolder
) -> Removed:
    """
    Tombstones first, in each root that holds a part, then the files, then the time at which they were gone. To do it
    again after a crash comes to the same. Raises OSError, PurgeFails.
    """
    with ExitStack() as stack:
        folders = _opened(stack, roots, place, open_folder)
        for folder in folders:
            _refuse_what_is_not_ours(folder)
        pending = [folder for folder in folders if not _is_over(folder, tombstone.recording)]
        for folder in pending:
            folder.write_whole(TOMBSTONE, write_tombstone(tombstone))
        removed = [_empty(folder) for folder in folders]
        for folder in pending:
            folder.write_whole(TOMBSTONE, write_tombstone(replace(tombstone, removed_utc_us=utc_us)))
    return Removed(sum(one.files for one in removed), sum(one.bytes for one in removed))


def _opened(stack: ExitStack, roots: Sequence[Path], place: Path, open_folder: Open) -> list[RecordingFolder]:
    folders = []
    for root in roots:
        folder = open_folder(root, place)
        try:
            folders.append(stack.enter_context(folder))
        except FileNotFoundError:
            continue
    if not folders:
        raise PurgeFails(f"{place.name} has no folder")
    return folders


def _refuse_what_is_not_ours(folder: RecordingFolder) -> None:
    for found in folder.names():
        if found.is_folder:
            raise PurgeFails(f"a folder {found.name} stands in it")


def _is_over(folder: RecordingFolder, recording: str) -> bool:
    data = folder.read(TOMBSTONE)
    if data is None:
        return False
    try:
        known = read_tombstone(data)
    except MalformedFootage:
        return False
    return known.is_over and known.recording == recording


def _empty(folder: RecordingFolder) -> Removed:
    files = size = 0
    for found in folder.names():
        if found.name not in KEPT:
            folder.remove(found.name)
            files, size = files + 1, size + found.bytes
    folder.sync()
    return Removed(files, size)
