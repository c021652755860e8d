"""Sealed recordings go to the bucket whole, may leave this machine, and come back as they were."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from dispatch_server.archive import folders
from dispatch_server.archive.bucket.copying import Copying, copies_in
from dispatch_server.archive.bucket.service import DAY_US, BucketService
from dispatch_server.archive.bucket.store import CopyStore
from dispatch_server.archive.model import State, Trouble
from dispatch_server.archive.reading import chain_problems, read_recording, rows_of
from dispatch_server.archive.store import RecordingStore
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.redact import Secret
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.runtime.bucket import Bucket, Corrupt
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import BucketSettings, DatabaseSettings, ThreadSettings
from tests.buckets import Weather, bucket
from tests.integration.archive.clips import frames
from tests.integration.archive.harness import Harness
from tests.worlds import TestWorld


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[BucketSettings, Weather]]:
    with bucket() as made:
        yield made


@dataclass
class Desk:
    harness: Harness
    service: BucketService
    rows: RecordingStore
    world: TestWorld
    told: list[tuple[Trouble, bool]] = field(default_factory=list)
    reports: list[tuple[str, BaseException]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.harness.folder()

    @property
    def media(self) -> list[Path]:
        return sorted(self.folder.glob("*.mp4"))


@pytest.fixture
async def desk(
    place: tuple[BucketSettings, Weather], tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    settings, weather = place
    weather.failing = 0
    root, world = tmp_path / "archive", TestWorld()
    root.mkdir()
    harness = Harness(
        root, identity=f"recording-{abs(hash(request.node.name))}", recorder=RecorderLimits(segment_us=4_000_000)
    )
    harness.take(frames(8)).close()
    (harness.folder() / folders.SEAL).write_text("{}")
    settings = settings.model_copy(update={"local_days": 30})
    counters = Counters()
    async with Threads(ThreadSettings(), counters).opened() as threads:
        database = Database(DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{tmp_path}/rows.db")), counters)
        async with database.opened():
            rows = RecordingStore(database)
            recording, segments = rows_of(read_recording([root], harness.card))
            recording.state = State.SEALED
            await rows.save([recording], segments)
            told: list[tuple[Trouble, bool]] = []
            reports: list[tuple[str, BaseException]] = []
            service = BucketService(
                settings, Copying(Bucket(settings, threads), threads, world), CopyStore(database), [root], threads,
                world, lambda trouble, _subject, begins, _detail: told.append((trouble, begins)),
                lambda where, error: reports.append((where, error)),
            )  # fmt: skip
            yield Desk(harness, service, rows, world, told, reports)


async def test_it_goes_whole_stays_a_while_leaves_and_comes_back(desk: Desk) -> None:
    service, card, before = desk.service, desk.harness.card, {path: path.read_bytes() for path in desk.media}
    await service.round()
    bucket, place = service.copying.bucket, str(folders.folder_of(card))
    names = [key.rpartition("/")[2] for key in await bucket.keys(place)]
    assert set(names) == {path.name for path in desk.folder.iterdir()} - {folders.COPIED}
    assert len(before) > 1
    await service.round()
    assert desk.media == list(before)  # its time here is not over
    desk.world.advance(31 * 86_400)
    await service.round()
    assert desk.media == []
    kept = read_recording([desk.folder.parents[3]], card)
    assert chain_problems(kept) == [] and not any(segment.suspect for segment in kept.segments)
    for path in before:
        await service.here(card, desk.folder, path.name)
    assert {path: path.read_bytes() for path in desk.media} == before
    await service.round()
    assert desk.media  # it is wanted again: it stays so long again
    desk.world.advance(31 * 86_400)
    await service.round()
    assert desk.media == []


async def test_media_that_the_bucket_does_not_have_never_leave(desk: Desk) -> None:
    """An unlisted file, and one that grew since: neither is what was read back."""
    await desk.service.round()
    extra = desk.folder / "000099.mp4"
    extra.write_bytes(b"not copied")
    desk.media[0].write_bytes(desk.media[0].read_bytes() + b"x")
    desk.world.advance(31 * 86_400)
    await desk.service.round()
    assert [path.name for path in desk.media] == ["000001.mp4", "000099.mp4"]


async def test_what_comes_back_changed_is_refused(desk: Desk, place: tuple[BucketSettings, Weather]) -> None:
    await desk.service.round()
    desk.world.advance(31 * 86_400)
    await desk.service.round()
    place[1].fault, place[1].method, place[1].failing = "cut", "GET", 100
    with pytest.raises((Corrupt, DispatchError)):
        await desk.service.here(desk.harness.card, desk.folder, "000001.mp4")
    assert not (desk.folder / "000001.mp4").exists()
    place[1].failing = 0
    await desk.service.here(desk.harness.card, desk.folder, "000001.mp4")
    assert [path for path in desk.folder.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("fault", ["503", "reset", "lost", "spoilt"])
@pytest.mark.parametrize("after", [0, 1, 3, 5])
async def test_a_copy_that_fails_in_the_middle_is_not_believed_and_goes_on(
    desk: Desk, place: tuple[BucketSettings, Weather], fault: str, after: int
) -> None:
    weather = place[1]
    passed = weather.seen.count("PUT") + after
    weather.fault, weather.method = fault, "PUT"
    strikes = weather.strikes

    def late(method: str) -> str:
        if weather.seen.count("PUT") < passed:
            weather.seen.append(method)
            return ""
        return strikes(method)

    weather.failing = 10_000
    Weather.strikes, original = lambda _self, method: late(method), Weather.strikes  # type: ignore[method-assign]
    try:
        if fault == "spoilt":  # of this one recording: it is told, and left for a while
            await desk.service.round()
            assert [where for where, _ in desk.reports] == [f"copying {desk.harness.card.id} to the bucket"]
        else:
            with pytest.raises(DispatchError):
                await desk.service.round()
    finally:
        Weather.strikes, weather.failing = original, 0  # type: ignore[method-assign]
    assert copies_in(desk.folder) == {}
    desk.world.advance(DAY_US)
    media = desk.media
    assert media
    await desk.service.round()
    assert set(copies_in(desk.folder)) == {path.name for path in desk.folder.iterdir()} - {folders.COPIED}
    assert desk.service.counters.recordings_copied == 1


async def test_an_archive_that_was_lost_is_fetched_back(desk: Desk, tmp_path: Path) -> None:
    await desk.service.round()
    card, fresh = desk.harness.card, tmp_path / "fresh"
    assert await desk.service.copying.fetch_all(fresh, str(folders.folder_of(card))) > 4
    kept = read_recording([fresh], replace(card), whole=True)
    assert chain_problems(kept) == [] and len(kept.segments) == len(desk.media)
