"""Nothing counts as kept in the bucket before it was read back, and nothing there is written over."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dispatch_server.runtime.bucket import Bucket, BucketAway, Content, Corrupt, KeyAbsent, KeyTaken
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import BucketSettings, ThreadSettings
from tests.buckets import Weather, bucket

LARGE = bytes(range(256)) * 4096 * 12 + b"the end"  # three parts


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[BucketSettings, Weather]]:
    with bucket() as made:
        yield made


@pytest.fixture
def weather(place: tuple[BucketSettings, Weather]) -> Weather:
    place[1].failing = 0
    return place[1]


@pytest.fixture
async def store(place: tuple[BucketSettings, Weather]) -> AsyncIterator[Bucket]:
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        yield Bucket(place[0], threads)


async def read(store: Bucket, key: str, first: int = 0, count: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, first, count)])


async def test_what_was_written_is_read_whole_and_in_part(store: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    await store.create("a/small", b"small")
    await store.create_file("a/large", path, Content.of([LARGE]))
    assert await read(store, "a/small") == b"small"
    assert await read(store, "a/large", 6_000_000, 100) == LARGE[6_000_000:6_000_100]
    assert await store.content("a/large") == Content.of([LARGE])
    assert await store.keys("a") == ["a/large", "a/small"]
    await store.delete("a/small")
    await store.delete("a/small")
    with pytest.raises(KeyAbsent):
        await store.size("a/small")
    with pytest.raises(KeyAbsent):
        await read(store, "a/small")


async def test_nothing_is_written_over_and_the_same_again_is_no_error(store: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    for _ in range(2):
        await store.create("b/small", b"small")
        await store.create_file("b/large", path, Content.of([LARGE]))
    with pytest.raises(KeyTaken):
        await store.create("b/small", b"other")
    path.write_bytes(LARGE[::-1])
    with pytest.raises(KeyTaken):
        await store.create_file("b/large", path, Content.of([LARGE[::-1]]))
    assert await read(store, "b/small") == b"small"


@pytest.mark.parametrize("method", ["PUT", "GET"])
@pytest.mark.parametrize("fault", ["500", "503", "slow", "reset", "lost"])
async def test_a_fault_that_passes_is_borne(store: Bucket, weather: Weather, fault: str, method: str) -> None:
    weather.fault, weather.method, weather.failing = fault, method, 2
    await store.create(f"c/{method}-{fault}", b"content")
    assert await read(store, f"c/{method}-{fault}") == b"content"
    assert weather.failing < 2  # it did strike


async def test_what_was_spoilt_on_the_way_is_not_believed(store: Bucket, weather: Weather, tmp_path: Path) -> None:
    weather.fault, weather.method, weather.failing = "spoilt", "PUT", 1
    with pytest.raises((Corrupt, BucketAway)):
        await store.create("d/small", b"content")
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    weather.failing = 1
    with pytest.raises((Corrupt, BucketAway)):
        await store.create_file("d/large", path, Content.of([LARGE]))


class Careless(Bucket):
    async def _compare(self, key: str, wanted: Content) -> None:
        """Nothing is read back."""


async def test_without_reading_back_it_would_be_believed(store: Bucket, weather: Weather) -> None:
    careless = Careless(store.settings, store.threads)
    weather.fault, weather.method, weather.failing = "spoilt", "PUT", 1
    await careless.create("d/careless", b"content")
    assert await read(store, "d/careless") != b"content"


async def test_an_answer_that_is_cut_short_is_not_believed(store: Bucket, weather: Weather) -> None:
    await store.create("e/one", b"content of some length")
    weather.fault, weather.method, weather.failing = "cut", "GET", 1
    with pytest.raises((Corrupt, BucketAway)):
        await store.create("e/two", b"other content")
    assert await read(store, "e/one") == b"content of some length"


async def test_a_storage_that_stays_away_is_told(store: Bucket, weather: Weather) -> None:
    weather.fault, weather.method, weather.failing = "503", "PUT", 10_000
    with pytest.raises(BucketAway):
        await store.create("f/one", b"content")
