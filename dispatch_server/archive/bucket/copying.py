"""Copies one recording's folder, and brings single files of it back; each is compared with what was kept."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.model import LIMIT_BYTES, Copy, in_order, is_media, read_copies, write_copies
from dispatch_server.archive.retention.purge import KEPT
from dispatch_server.runtime.bucket import Bucket, Content, Corrupt, read_chunks
from dispatch_server.runtime.files import PRIVATE_FILE, create_whole, sync_folder
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World


@dataclass(slots=True)
class Copying:
    """`folder` is an absolute folder of one recording; `place` the same below any root, and in the bucket."""

    bucket: Bucket
    threads: Threads
    world: World

    async def copy(self, parts: Mapping[str, Path], place: str) -> dict[str, Copy]:
        """
        All files of a recording by name; what was read back of each. Again is the same: nothing is written twice.

        Raises BucketAway, KeyTaken, Corrupt, OSError.
        """
        copies = {}
        for name in in_order(parts):
            content = await self.threads.run(Kind.GENERAL, _content_of, parts[name])
            await self.bucket.create_file(f"{place}/{name}", parts[name], content)
            copies[name] = Copy(content.bytes, content.sha256)
        return copies

    async def note(self, folder: Path, copies: Mapping[str, Copy]) -> None:
        """Beside the recording, so that the folder alone says where its media are."""
        data, path = write_copies(copies, self.world.utc_us()), folder / folders.COPIED
        await self.threads.run(Kind.GENERAL, _write_once, path, data, self._name())

    async def fetch(self, folder: Path, place: str, name: str) -> None:
        """A file that is here no more, as it was copied. Raises BucketAway, KeyAbsent, Corrupt, OSError."""
        copy = (await self.threads.run(Kind.GENERAL, copies_in, folder))[name]
        await self._fetch(folder, f"{place}/{name}", name, copy)

    async def fetch_all(self, root: Path, place: str) -> int:
        """A whole recording into an archive that has lost it; how many files came."""
        folder, count = root / place, 0
        await self.threads.run(Kind.GENERAL, _make, folder)
        for key in await self.bucket.keys(place):
            name = key.rpartition("/")[2]
            if not (folder / name).exists():
                await self._fetch(folder, key, name, None)
                count += 1
        return count

    async def drop_media(self, folder: Path) -> int:
        """Remove from here what the bucket has; the bytes that became free."""
        return await self.threads.run(Kind.GENERAL, _drop_media, folder)

    async def delete(self, place: str) -> None:
        """For good: of a recording that was destroyed in order its papers alone stay, there as here."""
        for key in await self.bucket.keys(place):
            if key.rpartition("/")[2] not in KEPT:
                await self.bucket.delete(key)

    async def _fetch(self, folder: Path, key: str, name: str, wanted: Copy | None) -> None:
        unfinished = folder / self._name()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            try:
                async for chunk in self.bucket.read(key):
                    await self.threads.run(Kind.GENERAL, _write_all, descriptor, chunk)
            finally:
                os.close(descriptor)
            content = await self.threads.run(Kind.GENERAL, _content_of, unfinished)
            if wanted is not None and (content.bytes, content.sha256) != (wanted.bytes, wanted.sha256):
                raise Corrupt(key)
            await self.threads.run(Kind.GENERAL, _appear, unfinished, folder / name)
        finally:
            unfinished.unlink(missing_ok=True)

    def _name(self) -> str:
        return f".{self.world.chance(8).hex()}"


def copies_in(folder: Path) -> dict[str, Copy]:
    """What the folder's list names; nothing when it was never copied. Raises MalformedFootage, OSError."""
    path = folder / folders.COPIED
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return read_copies(file.read(LIMIT_BYTES))


def _content_of(path: Path) -> Content:
    return Content.of(read_chunks(path))


def _write_once(path: Path, data: bytes, name_for_now: str) -> None:
    path.unlink(missing_ok=True)
    create_whole(path, [data], name_for_now)


def _drop_media(folder: Path) -> int:
    """Only what the list names with this very size."""
    freed = 0
    for name, copy in copies_in(folder).items():
        path = folder / name
        if is_media(name) and path.is_file() and path.stat().st_size == copy.bytes:
            freed += copy.bytes
            path.unlink()
    sync_folder(folder)
    return freed


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _appear(unfinished: Path, path: Path) -> None:
    descriptor = os.open(unfinished, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.replace(path)
    sync_folder(path.parent)
