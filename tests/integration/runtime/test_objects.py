"""Objects in a local folder and in a bucket: written once, whole or not at all, read by key, never by path."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dispatch_server.runtime.bucket import Bucket
from dispatch_server.runtime.bucket_objects import BucketObjects
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.objects import (
    CHUNK_BYTES,
    KeyUnusable,
    LocalFolder,
    ObjectAbsent,
    ObjectExists,
    ObjectTooLarge,
)
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import BucketSettings, ObjectSettings, ThreadSettings
from tests.buckets import bucket

KEY = "0199f2c4-8a3e-7b11-9c55-2f1f0c7a9d10"


@pytest.fixture(scope="module")
def place() -> Iterator[BucketSettings]:
    with bucket() as (settings, _):
        yield settings


@pytest.fixture(params=["folder", "bucket"])
async def store(
    request: pytest.FixtureRequest, place: BucketSettings, tmp_path: Path
) -> AsyncIterator[LocalFolder | BucketObjects]:
    settings = ObjectSettings(folder=str(tmp_path / "objects"), object_bytes=3_000_000)
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        if request.param == "folder":
            yield LocalFolder(settings, threads, World())
            return
        within = place.model_copy(update={"prefix": tmp_path.name.replace("[", "-").replace("]", "-")})
        yield BucketObjects(settings, Bucket(within, threads), World())


def files(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.rglob("*") if path.is_file()]


async def whole(store: LocalFolder | BucketObjects, key: str, first: int = 0, count: int | None = None) -> bytes:
    return b"".join([part async for part in store.read(key, first, count)])


async def test_what_was_written_is_read(store: LocalFolder | BucketObjects) -> None:
    content = bytes(range(256)) * 2000
    assert await store.create(KEY, [content[:1000], content[1000:]]) == len(content) > CHUNK_BYTES
    assert await store.size(KEY) == len(content)
    assert await whole(store, KEY) == content
    assert await whole(store, KEY, 300_000, 5) == content[300_000:300_005]
    assert await whole(store, KEY, len(content) - 2, 100) == content[-2:]


async def test_nothing_is_written_twice(store: LocalFolder | BucketObjects, tmp_path: Path) -> None:
    await store.create(KEY, [b"first"])
    with pytest.raises(ObjectExists):
        await store.create(KEY, [b"second"])
    assert await whole(store, KEY) == b"first"
    assert set(files(tmp_path)) <= {KEY}


async def test_of_many_who_write_at_once_one_succeeds(store: LocalFolder | BucketObjects) -> None:
    outcomes = await asyncio.gather(*(store.create(KEY, [b"x"]) for _ in range(20)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ObjectExists"] * 19 + ["int"]


async def test_a_source_that_fails_leaves_nothing(store: LocalFolder | BucketObjects, tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the camera is gone")

    with pytest.raises(OSError, match="camera"):
        await store.create(KEY, parts())
    assert files(tmp_path) == []


async def test_an_object_over_the_limit_leaves_nothing(store: LocalFolder | BucketObjects, tmp_path: Path) -> None:
    with pytest.raises(ObjectTooLarge):
        await store.create(KEY, [bytes(1_000_001)] * 3)
    assert files(tmp_path) == []


async def test_what_is_not_there(store: LocalFolder | BucketObjects) -> None:
    with pytest.raises(ObjectAbsent):
        await store.size(KEY)
    with pytest.raises(ObjectAbsent):
        await whole(store, KEY, 0, 10)
    await store.delete(KEY)


async def test_deleted_is_gone(store: LocalFolder | BucketObjects) -> None:
    await store.create(KEY, [b"x"])
    await store.delete(KEY)
    with pytest.raises(ObjectAbsent):
        await store.size(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "short", "../../etc/passwd", "a" * 129, "abc/defgh", "ABCDEFGHIJ", "a.b.c.d.e.f", "\x00" * 10, "-abcdefgh"],
)
async def test_a_key_is_never_a_path(store: LocalFolder | BucketObjects, key: str, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        await store.create(key, [b"x"])
    with pytest.raises(KeyUnusable):
        await store.size(key)
    assert files(tmp_path) == []
