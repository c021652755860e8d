"""The archive's disk fills: live view goes on, the server says so, nothing cut is called whole, and it resumes."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch_server.media.abilities import Kind
from tests.e2e.camera import on_air
from tests.e2e.kept import Kept, decoded, kept_in
from tests.e2e.node import Node
from tests.e2e.screen import Screen, screen_of
from tests.faults.full_disk import SmallDisk
from tests.waiting import until_async

SOURCE = "T0101"


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int], tight_disk: SmallDisk) -> Iterator[Node]:
    environment = {
        "DISPATCH__ARCHIVE__FOLDER": str(tight_disk.folder),
        "DISPATCH__ARCHIVE__DISK_REFUSE_BYTES": "500000",
        "DISPATCH__ARCHIVE__DISK_CHECK_S": "1",
    }
    with Node(data_folder, free_port(), environment) as running:
        yield running


def whole(kept: dict[str, Kept]) -> int:
    """How many fragments are announced; each verifies and every segment decodes."""
    for one in kept.values():
        assert one.problems == [], one.problems
    return sum(len(one.fragments) for one in kept.values())


async def fill_and_empty(node: Node, disk: SmallDisk, screen: Screen) -> None:
    def count() -> int:
        return whole(kept_in(disk.folder))

    await until_async(lambda: asyncio.to_thread(lambda: count() >= 2), 60, "a recording")
    disk.fill()
    seen = screen.count(Kind.VIDEO)
    await until_async(lambda: '"event": "disk full"' in node.log, 40, "the alarm in the log")
    stuck = await asyncio.to_thread(count)
    await until_async(lambda: screen.count(Kind.VIDEO) > seen + 75, 40, "live pictures on a full disk")
    assert await asyncio.to_thread(count) - stuck <= 1, "recorded on a full disk?"

    disk.empty()
    await until_async(lambda: asyncio.to_thread(lambda: count() >= stuck + 2), 60, "recording again")
    await until_async(lambda: "no longer: disk full" in node.log, 30, "the end of the alarm in the log")


async def test_live_view_goes_on_and_recording_resumes(node: Node, tight_disk: SmallDisk) -> None:
    async with on_air(node, SOURCE):
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 40, "the stream")
        async with screen_of(node, SOURCE) as screen:
            await fill_and_empty(node, tight_disk, screen)
    kept = kept_in(tight_disk.folder)
    whole(kept)
    for one in kept.values():
        for segment in one.segments:
            assert dict(decoded(segment)).get("video", 0) == sum(f.video for f in segment.verdict.fragments())
    assert sum(len(one.gaps) for one in kept.values()) >= 1, "what is missing is not declared"
