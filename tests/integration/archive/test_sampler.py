"""Stills by a real child process: made, marked, bounded, and the child replaced when it dies."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import av
import pytest

from dispatch_server.archive.limits import ArchiveLimits, SamplerLimits
from dispatch_server.archive.model import PictureMarksChanged
from dispatch_server.archive.picture_wire import Sample, Seen
from dispatch_server.archive.sampler import PictureDesk
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.sink import Frame
from tests.integration.archive.clips import START_US, frames, video_units
from tests.integration.archive.rig import DEPARTMENT, SOURCE, Rig
from tests.waiting import until_async

SLOW_S = 30.0  # a child loads its libraries on a busy machine
LIMITS = SamplerLimits(interval_s=2.0, width=160, frozen_s=5.0, restart_s=0.05, answer_s=SLOW_S)


class Watch:
    """A desk that is running, and what it saw."""

    def __init__(self, limits: SamplerLimits = LIMITS) -> None:
        self.seen: list[Seen] = []
        self.desk = PictureDesk(limits, self.take)

    async def take(self, seen: Seen) -> None:
        self.seen.append(seen)

    async def saw(self, count: int) -> None:
        await until_async(lambda: len(self.seen) >= count, SLOW_S, f"{count} pictures seen")


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    watch = Watch()
    task = asyncio.create_task(watch.desk.run())
    yield watch
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def sample(stream_id: str = "stream-1", at_us: int = 0, size: tuple[int, int] = (640, 360)) -> Sample:
    data, _, sets = video_units(0.2, 50, size)[0]
    assert sets is not None
    return Sample(stream_id, START_US + at_us, *sets, data)


def size_of(jpeg: bytes) -> tuple[int, int]:
    decoder = av.CodecContext.create("mjpeg", "r")
    (picture,) = decoder.decode(av.Packet(jpeg))
    return picture.width, picture.height


async def test_a_key_frame_becomes_a_small_jpeg(watch: Watch) -> None:
    watch.desk.offer(sample())
    await watch.saw(1)
    (seen,) = watch.seen
    assert seen.utc_us == START_US and seen.stream_id == "stream-1"
    assert size_of(seen.jpeg) == (160, 90)


async def test_the_same_picture_again_and_again_is_frozen(watch: Watch) -> None:
    for number in range(4):
        watch.desk.offer(sample(at_us=number * 2_000_000))
        await watch.saw(number + 1)
    assert ["frozen" in seen.marks for seen in watch.seen] == [False, False, False, True]


async def test_a_child_that_dies_is_replaced(watch: Watch) -> None:
    watch.desk.offer(sample())
    await watch.saw(1)
    first = watch.desk.worker_pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    for number in range(1, 200):
        watch.desk.offer(sample(at_us=number * 2_000_000))
        with suppress(AssertionError):
            await until_async(lambda: len(watch.seen) >= 2, 1.0)
            break
    assert len(watch.seen) >= 2 and watch.desk.worker_pid not in (None, first)
    assert watch.desk.counters.worker_restarts >= 1


async def test_pictures_that_cannot_be_decoded_end_nothing(watch: Watch) -> None:
    good = sample()
    for broken in (
        b"",
        b"\0\0\0\5\x65abcd",
        good.data[:40],
        b"\xff" * 5_000,
        good.data[:4] + bytes(len(good.data) - 4),
    ):
        before = watch.desk.counters.looked_at
        watch.desk.offer(Sample("stream-1", START_US, good.sps, good.pps, broken))
        await until_async(lambda before=before: watch.desk.counters.looked_at > before, SLOW_S)
    pid = watch.desk.worker_pid
    watch.desk.offer(sample("stream-2"))
    await until_async(lambda: any(seen.stream_id == "stream-2" for seen in watch.seen), SLOW_S)
    assert watch.desk.worker_pid == pid and watch.desk.counters.worker_restarts == 0


async def test_what_waits_is_bounded_and_the_newest_of_each_stream() -> None:
    desk = PictureDesk(SamplerLimits(queue=3), Watch().take)
    for number in range(5):
        desk.offer(sample(f"stream-{number}"))
    desk.offer(sample("stream-0", 7))
    assert list(desk._waiting) == ["stream-1", "stream-2", "stream-0"]
    assert desk._waiting["stream-0"].utc_us == START_US + 7
    assert (desk.counters.queue_full, desk.counters.replaced) == (2, 1)


def test_one_key_frame_in_a_few_seconds_and_the_small_layer_where_there_is_one() -> None:
    offered: list[Sample] = []
    desk = PictureDesk(LIMITS, Watch().take)
    desk.offer = offered.append  # type: ignore[method-assign]
    sink = desk.sampler("stream-1")
    both = [*frames(8, gop=25, sound=False), *frames(8, gop=25, layer=Layer.SUB, size=(160, 90))]
    for frame in sorted(both, key=lambda frame: (frame.utc_us, frame.layer is Layer.MAIN)):
        sink.take_frame(frame)
    assert [(one.utc_us - START_US) // 1_000_000 for one in offered] == [0, 2, 4, 6]
    assert len({one.sps for one in offered}) == 1


def test_a_picture_of_absurd_size_is_never_sent_to_the_decoder() -> None:
    offered: list[Sample] = []
    desk = PictureDesk(SamplerLimits(pixels=100 * 100), Watch().take)
    desk.offer = offered.append  # type: ignore[method-assign]
    data, _, sets = video_units(0.2)[0]
    sink = desk.sampler("stream-1")
    sink.take_frame(Frame(Kind.VIDEO, Layer.MAIN, 0, START_US, data, True, sets, False))
    sink.take_frame(Frame(Kind.VIDEO, Layer.MAIN, 0, START_US, data, True, (b"\x67", b""), False))
    assert offered == []


async def test_the_wall_gets_a_still_with_its_age_and_the_recording_keeps_one(tmp_path: Path) -> None:
    limits = ArchiveLimits(sampler=LIMITS)
    async with Rig(tmp_path, limits) as rig:
        task = asyncio.create_task(rig.room.pictures.desk.run())
        rig.room.stream_started("stream-1", SOURCE, DEPARTMENT, rig.world.utc)
        recording_id = rig.room.archive.of_stream["stream-1"].id
        assert rig.room.pictures.thumbnail_url("stream-1") is None
        rig.hub.give("stream-1", frames(2, gop=25, size=(640, 360)))
        await rig.written(1)
        rig.hub.give(
            "stream-1", frames(2, gop=25, size=(640, 360), start_us=START_US + 2_000_000, ticks=(1_180_000, 7_096_000))
        )
        await until_async(lambda: rig.room.archive.of_stream["stream-1"].recording.thumbnail, SLOW_S)
        rig.world.pass_s(5)
        url = rig.room.pictures.thumbnail_url("stream-1")
        assert url == "/api/v1/streams/stream-1/thumbnail.jpg"
        async with rig.client() as client:
            still = await client.get(url)
            assert still.headers["content-type"] == "image/jpeg" and size_of(still.content) == (160, 90)
            assert int(still.headers["x-picture-age-ms"]) in range(1_000, 5_001)
            kept = await client.get(f"/api/v1/recordings/{recording_id}/thumbnail.jpg")
            assert kept.status_code == 200 and size_of(kept.content) == (160, 90)
        await rig.end()
        assert rig.room.pictures.thumbnail_url("stream-1") is None
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_marks_are_told_when_two_pictures_agree(tmp_path: Path) -> None:
    async with Rig(tmp_path) as rig:
        rig.room.stream_started("stream-1", SOURCE, DEPARTMENT, rig.world.utc)
        for marks in ((), ("black",), (), ("black",), ("black",), ("black",), (), ()):
            await rig.room.pictures.seen(Seen("stream-1", START_US, marks, b"jpeg"))
        assert [event.marks for event in rig.of(PictureMarksChanged)] == [("black",), ()]
        assert rig.room.pictures.marks("stream-1") == () and rig.room.pictures.marks("stream-9") == ()
