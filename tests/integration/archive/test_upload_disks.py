"""D1, D2: a disk that is full, or that fails once, while an upload comes in and while it is kept."""

import errno
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.archive.reading import read_recording
from dispatch_server.archive.uploads.limits import UploadLimits
from tests.integration.archive.masters import Master
from tests.integration.archive.upload_disks import FailingDisk
from tests.integration.archive.upload_lives import a_master
from tests.integration.archive.upload_rig import CHUNK, UploadRig, upload_rig

LIMITS = UploadLimits(piece_bytes=2_000, sync_bytes=4_000)
OPERATIONS = 20  # syncs of a life that is undisturbed, about


async def live(folder: Path, disk: FailingDisk) -> tuple[list[str], list[int]]:
    """A terminal that goes on after each refusal; what is wrong in the end, and the refusals that it met."""
    master, refusals = a_master(folder), []
    async with upload_rig(folder, LIMITS, disk) as uploads:
        for _ in range(8):
            refusals += await _try(uploads, master)
            uploads.rig.world.pass_s(5)
            await uploads.part.upkeep.round()
            if (await uploads.standing(master))["receipts"]:
                break
        faults = [] if (await uploads.standing(master))["receipts"] else ["there is no receipt"]
        kept = read_recording(uploads.rig.roots, master.card, whole=True)
        if not kept.segments or kept.segments[0].suspect:
            return [*faults, "the segment is not kept"], refusals
        if hashlib.sha256(kept.segments[0].media.read_bytes()).digest() != hashlib.sha256(master.plain[1]).digest():
            faults.append("the segment is not what was sent")
    return faults, refusals


async def _try(uploads: UploadRig, master: Master) -> list[int]:
    refusals = []
    address = f"/api/v1/terminal/masters/{master.id}"
    answer = await uploads.ask("PUT", address, json=master.card_json())
    if answer.status_code < 300:
        answer = await uploads.index(master, 1)
    if answer.status_code < 300:
        answer = await uploads.create(master, 1)
    if answer.status_code >= 300:
        return [answer.status_code]
    place, data = answer.headers["location"], master.sealed[1]
    while True:
        at = await uploads.offset(place)
        if at == len(data):
            return refusals
        answer = await uploads.patch(place, at, data[at : at + 6_000])
        if answer.status_code != 204:
            return [*refusals, answer.status_code]
        if at + 6_000 >= len(data):
            return refusals


@pytest.mark.parametrize("nth", range(1, OPERATIONS, 3))
async def test_a_sync_that_fails_is_not_tried_again(tmp_path: Path, nth: int) -> None:
    disk = FailingDisk(sync=nth)
    faults, _ = await live(tmp_path, disk)
    assert faults == [] and disk.synced_after_error == []


@pytest.mark.faults
@pytest.mark.parametrize("nth", range(1, 40))
@pytest.mark.parametrize("what", ["sync", "append", "full"])
async def test_whatever_fails_once_loses_nothing(tmp_path: Path, nth: int, what: str) -> None:
    error = errno.ENOSPC if what == "full" else errno.EIO
    disk = FailingDisk(sync=nth, error=error) if what == "sync" else FailingDisk(append=nth, error=error)
    faults, _ = await live(tmp_path, disk)
    assert faults == [] and disk.synced_after_error == []


@pytest.mark.parametrize("nth", [6, 9, 15])
async def test_a_disk_that_is_full_for_a_moment_is_told(tmp_path: Path, nth: int) -> None:
    faults, refusals = await live(tmp_path, FailingDisk(append=nth, error=errno.ENOSPC))
    assert faults == [] and set(refusals) <= {507}


async def test_the_harness_sees_a_sync_that_is_believed_after_its_error(tmp_path: Path) -> None:
    """Protection off: an error of the sync is swallowed. What is told then is not what lies on the disk."""
    seen = []
    for nth in range(4, OPERATIONS):
        folder = tmp_path / str(nth)
        folder.mkdir()
        faults, refusals = await live(folder, FailingDisk(sync=nth, retry=True))
        seen += faults + [str(status) for status in refusals if status == 400]
        if seen:
            break
    assert seen != []


async def test_what_is_whole_is_kept_however_its_request_ended(tmp_path: Path) -> None:
    """All of it is sure when one byte too many comes: nobody will send more, so that it must not wait for more."""
    master = a_master(tmp_path)
    async with upload_rig(tmp_path, LIMITS) as uploads:
        await uploads.announce(master)
        place, data = await uploads.begun(master, 1), master.sealed[1]

        async def body() -> AsyncIterator[bytes]:
            yield data
            yield b"x"

        assert (await uploads.tus("PATCH", place, CHUNK | {"Upload-Offset": "0"}, content=body())).status_code == 413
        assert await uploads.offset(place) == len(data)
        await uploads.part.upkeep.round()
        assert len((await uploads.standing(master))["receipts"]) == 1
