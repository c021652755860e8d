"""
What is on its way, on the disk: uploads with the offset that is sure, and indexes whose media is not here yet.

An upload is three files: `ID.json` says what it is, `ID.part` holds its bytes, and `ID.at` has a line for each offset
up to which they were synced. After a crash the last whole line counts; what lies behind it is cut. All of it blocks.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from dispatch_server.archive.disk import AppendFile, Disk, LocalDisk, LocalFile
from dispatch_server.archive.folders import index_name
from dispatch_server.archive.uploads.model import Upload, UploadHappening
from dispatch_server.archive.uploads.refusals import ChecksumWrong
from dispatch_server.protocol.masters import INDEX_LIMIT_BYTES

FOLDER = "uploads"
_ID = re.compile(r"[0-9a-f]{32}")
_FIELDS = {"id": str, "terminal": str, "recording": str, "segment": int, "length": int}
_CARD_LIMIT_BYTES, _JOURNAL_LIMIT_BYTES = 4_096, 1 << 20


class SpoolDisk(Disk, Protocol):
    """A disk that also opens again what it made before."""

    def reopen(self, path: Path) -> AppendFile: ...


class LocalSpoolDisk(LocalDisk):
    """A folder of this machine."""

    def reopen(self, path: Path) -> AppendFile:
        return ReopenedFile(path)


class ReopenedFile(LocalFile):
    """One that is there already; never made, never followed through a link."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)


class Spool:
    def __init__(self, folder: Path, disk: SpoolDisk | None = None) -> None:
        self.folder = folder
        self.disk: SpoolDisk = disk or LocalSpoolDisk()

    def part(self, upload: str) -> Path:
        return self.folder / f"{upload}.part"

    def journal(self, upload: str) -> Path:
        return self.folder / f"{upload}.at"

    def card(self, upload: str) -> Path:
        return self.folder / f"{upload}.json"

    def index(self, recording: str, segment: int) -> Path:
        return self.folder / "indexes" / recording / index_name(segment)

    def create(self, upload: Upload) -> None:
        """When it returns the upload is there also after a power cut."""
        self.disk.make_folder(self.folder)
        for path in (self.part(upload.id), self.journal(upload.id)):
            self.disk.create(path).close()
        plain = {name: getattr(upload, name) for name in _FIELDS}
        self.disk.write_whole(self.card(upload.id), json.dumps(plain, sort_keys=True).encode())

    def remove(self, upload: str) -> None:
        """Its card goes first: without it the rest is nothing."""
        for path in (self.card(upload), self.part(upload), self.journal(upload)):
            self.disk.remove(path)
        self.disk.sync_folder(self.folder)

    def load(self, expires_utc_us: int) -> list[Upload]:
        """What was on its way when the server stopped; the rest in the folder is nothing, and goes."""
        self.disk.make_folder(self.folder)
        found = [upload for path in sorted(self.folder.glob("*.json")) if (upload := self._read(path, expires_utc_us))]
        known = {upload.id for upload in found}
        for path in self.folder.iterdir():
            if path.is_file() and path.name.partition(".")[0] not in known:
                self.disk.remove(path)
        return found

    def _read(self, path: Path, expires_utc_us: int) -> Upload | None:
        try:
            plain = json.loads(path.read_bytes()[:_CARD_LIMIT_BYTES])
            if not isinstance(plain, dict) or {name: type(value) for name, value in plain.items()} != _FIELDS:
                return None
            upload = Upload(**plain, expires_utc_us=expires_utc_us)
            if not _ID.fullmatch(upload.id) or upload.id != path.stem:
                return None
            upload.offset = min(self._sure(upload.id), upload.length)
            file = self.disk.reopen(self.part(upload.id))
            try:
                file.cut(upload.offset)
            finally:
                file.close()
        except (OSError, ValueError, RecursionError):
            return None
        if upload.offset == upload.length:
            upload.after(UploadHappening.FILL)
        return upload

    def _sure(self, upload: str) -> int:
        with self.journal(upload).open("rb") as file:
            lines = file.read(_JOURNAL_LIMIT_BYTES).split(b"\n")[:-1]
        size = self.part(upload).stat().st_size
        offsets = [int(line) for line in lines if line.isdigit()]
        return max((offset for offset in offsets if offset <= size), default=0)

    def keep_index(self, recording: str, segment: int, data: bytes) -> None:
        path = self.index(recording, segment)
        self.disk.make_folder(path.parent)
        self.disk.write_whole(path, data)

    def read_index(self, recording: str, segment: int) -> bytes:
        with self.index(recording, segment).open("rb") as file:
            return file.read(INDEX_LIMIT_BYTES + 1)

    def remove_index(self, recording: str, segment: int) -> None:
        path = self.index(recording, segment)
        self.disk.remove(path)
        with suppress(OSError):
            path.parent.rmdir()  # the last one of its master

    def indexes(self) -> Iterator[Path]:
        yield from sorted(self.folder.glob("indexes/*/[0-9]*.jsonl"))


class Chunk:
    """
    What one request adds to an upload. `durable` is the offset that may be told.

    A chunk with a checksum counts as a whole or not at all. After an error of the disk nothing is synced again: the
    bytes behind `durable` are cut off before anything more is added, so that they are written anew.
    """

    def __init__(self, spool: Spool, upload: Upload, checksum: bytes | None, sync_bytes: int) -> None:
        self._spool, self._id = spool, upload.id
        self._checksum, self._sync_bytes = checksum, sync_bytes
        self._hash = hashlib.sha256()
        self._file: AppendFile | None = None
        self._journal: AppendFile | None = None
        self.durable = self.end = upload.offset

    def open(self) -> None:
        self._file = self._spool.disk.reopen(self._spool.part(self._id))
        self._file.cut(self.durable)
        # Anew each time: the line of a sync that failed must not be believed later.
        self._spool.disk.write_whole(self._spool.journal(self._id), b"%d\n" % self.durable)
        self._journal = self._spool.disk.reopen(self._spool.journal(self._id))

    def add(self, data: bytes) -> None:
        assert self._file is not None
        self._file.append(data)
        self.end += len(data)
        if self._checksum is not None:
            self._hash.update(data)
        elif self.end - self.durable >= self._sync_bytes:
            self.sync()

    def sync(self) -> None:
        """First the bytes, then the line that says so."""
        assert self._file is not None and self._journal is not None
        if self.end == self.durable:
            return
        self._file.sync()
        self._journal.append(b"%d\n" % self.end)
        self._journal.sync()
        self.durable = self.end

    def finish(self) -> None:
        """The whole request is here. Raises ChecksumWrong, and then nothing of it counts."""
        if self._checksum is not None and self._hash.digest() != self._checksum:
            raise ChecksumWrong
        self.sync()

    def stop(self) -> None:
        """The request ended in its middle: what came of it counts, unless only the whole could be checked."""
        if self._checksum is None:
            self.sync()

    def close(self) -> None:
        for file in (self._file, self._journal):
            if file is not None:
                with suppress(OSError):
                    file.close()
        self._file = self._journal = None
