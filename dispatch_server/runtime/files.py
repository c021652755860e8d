"""Files that appear whole or not at all: synced with their folder, readable by nobody else unless it is said."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def make_private_folder(folder: Path) -> Path:
    """The folder, made when missing, and its entry in the one above it synced."""
    if not folder.is_dir():
        folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    return folder


def create_whole(path: Path, parts: Iterable[bytes], name_for_now: str) -> int:
    """
    Write a new file that appears whole or not at all; its size. FileExistsError when it is there already.

    Returns only after file and folder are synced. After an error of fsync the bytes are not believed: the file goes.
    """
    part = path.parent / name_for_now
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    size = 0
    try:
        try:
            for data in parts:
                size += _write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.link(part, path)  # fails when the name is taken, unlike a rename
    finally:
        with suppress(OSError):
            part.unlink()
    try:
        sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    return size


def replace_whole(path: Path, data: bytes, name_for_now: str, mode: int = PRIVATE_FILE) -> None:
    """The same for a file that may be there already: readers see the old one or the new one, also after a power cut."""
    part = path.parent / name_for_now
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            _write_all(descriptor, data)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make a file durable that was written by somebody who does not."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> int:
    view = memoryview(data)
    written = 0
    while written < len(view):
        written += os.write(descriptor, view[written:])
    return written
