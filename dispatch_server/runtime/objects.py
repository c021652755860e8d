"""Objects that are written once and read by key: in a local folder, or in a bucket behind the same words."""

import os
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Protocol

from dispatch_server.kit.errors import Absent, Conflict, Invalid, TooLarge
from dispatch_server.runtime.files import create_whole, make_private_folder
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import ObjectSettings

CHUNK_BYTES = 256 * 1024
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{6,126})[a-z0-9]")


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


class ObjectExists(Conflict):
    def __init__(self) -> None:
        super().__init__("object_exists", "An object is never written twice.")


class ObjectAbsent(Absent):
    def __init__(self) -> None:
        super().__init__("object_absent", "There is no such object.")


class KeyUnusable(Invalid):
    def __init__(self) -> None:
        super().__init__("object_key_unusable", "A key has 8 to 128 small letters, digits and hyphens.")


class ObjectTooLarge(TooLarge):
    def __init__(self) -> None:
        super().__init__("object_too_large", "The object is larger than the settings allow.")


class ObjectStore(Protocol):
    """Keys carry no path and no meaning; whoever stores an object keeps its kind, size and digest."""

    async def create(self, key: str, parts: Iterable[bytes]) -> int:
        """Its size, once it is durable. Raises ObjectExists."""

    async def size(self, key: str) -> int:
        """Raises ObjectAbsent."""

    def read(self, key: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        """Raises ObjectAbsent."""

    async def delete(self, key: str) -> None:
        """Only for what retention has released. Absent is no error."""


class LocalFolder:
    """Each object is one file, in a folder named by the last two characters of its key (the first are a time)."""

    def __init__(self, settings: ObjectSettings, threads: Threads, world: World) -> None:
        self._root = Path(settings.folder)
        self._limit = settings.object_bytes
        self._threads = threads
        self._world = world

    async def create(self, key: str, parts: Iterable[bytes]) -> int:
        path = self._path(key)
        return await self._threads.run(Kind.DISK, self._create, path, parts, f".{self._world.chance(8).hex()}")

    async def size(self, key: str) -> int:
        path = self._path(key)
        try:
            return (await self._threads.run(Kind.DISK, path.stat)).st_size
        except FileNotFoundError:
            raise ObjectAbsent from None

    async def read(self, key: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(key)
        left = await self.size(key) - first if count is None else count
        while left > 0:
            data = await self._threads.run(Kind.DISK, _read_part, path, first, min(CHUNK_BYTES, left))
            if not data:
                return
            first, left = first + len(data), left - len(data)
            yield data

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await self._threads.run(Kind.DISK, path.unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not is_key(key):
            raise KeyUnusable
        return self._root / key[-2:] / key

    def _create(self, path: Path, parts: Iterable[bytes], name_for_now: str) -> int:
        make_private_folder(path.parent)
        try:
            return create_whole(path, self._counted(parts), name_for_now)
        except FileExistsError:
            raise ObjectExists from None

    def _counted(self, parts: Iterable[bytes]) -> Iterable[bytes]:
        size = 0
        for data in parts:
            size += len(data)
            if size > self._limit:
                raise ObjectTooLarge
            yield data


def _read_part(path: Path, first: int, count: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), count, first)
    except FileNotFoundError:
        raise ObjectAbsent from None
