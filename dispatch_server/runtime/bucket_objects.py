"""Objects in the bucket: the same words as the local folder's, over what `bucket.py` promises."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from dispatch_server.runtime.bucket import Bucket, Content, KeyAbsent, KeyTaken, read_chunks
from dispatch_server.runtime.files import create_whole, make_private_folder
from dispatch_server.runtime.objects import KeyUnusable, ObjectAbsent, ObjectExists, ObjectTooLarge, is_key
from dispatch_server.runtime.threads import Kind
from dispatch_server.runtime.world import World
from dispatch_server.settings import ObjectSettings

PREFIX = "objects"


class BucketObjects:
    """What is written waits whole on this machine's disk for the copy, so that its size and digest are known."""

    def __init__(self, settings: ObjectSettings, bucket: Bucket, world: World) -> None:
        self._waiting = Path(settings.folder) / "on-the-way"
        self._limit = settings.object_bytes
        self._bucket = bucket
        self._world = world
        self._making: set[str] = set()

    async def create(self, key: str, parts: Iterable[bytes]) -> int:
        place = _place_of(key)
        if key in self._making:
            raise ObjectExists
        self._making.add(key)
        try:
            return await self._create(place, self._waiting / f"{key}.{self._world.chance(8).hex()}", parts)
        finally:
            self._making.discard(key)

    async def _create(self, place: str, waiting: Path, parts: Iterable[bytes]) -> int:
        run = self._bucket.threads.run
        try:
            content = await run(Kind.DISK, self._put_down, waiting, parts)
            await self._bucket.size(place)
        except KeyAbsent:
            try:
                await self._bucket.create_file(place, waiting, content)
            except KeyTaken:
                raise ObjectExists from None
            return content.bytes
        else:
            raise ObjectExists
        finally:
            await run(Kind.DISK, waiting.unlink, missing_ok=True)

    async def size(self, key: str) -> int:
        try:
            return await self._bucket.size(_place_of(key))
        except KeyAbsent:
            raise ObjectAbsent from None

    async def read(self, key: str, first: int = 0, count: int | None = None) -> AsyncIterator[bytes]:
        left = await self.size(key) - first
        left = left if count is None else min(count, left)
        if left <= 0:
            return
        try:
            async for chunk in self._bucket.read(_place_of(key), first, left):
                yield chunk
        except KeyAbsent:
            raise ObjectAbsent from None

    async def delete(self, key: str) -> None:
        await self._bucket.delete(_place_of(key))

    def _put_down(self, path: Path, parts: Iterable[bytes]) -> Content:
        make_private_folder(path.parent)
        create_whole(path, self._counted(parts), f".{path.name}")
        return Content.of(read_chunks(path))

    def _counted(self, parts: Iterable[bytes]) -> Iterable[bytes]:
        size = 0
        for data in parts:
            size += len(data)
            if size > self._limit:
                raise ObjectTooLarge
            yield data


def _place_of(key: str) -> str:
    if not is_key(key):
        raise KeyUnusable
    return f"{PREFIX}/{key[-2:]}/{key}"
