"""C1, C2 in one upload's life: the power goes before any operation of the disk; nothing that was told is lost."""

from pathlib import Path

import pytest

from tests.integration.archive.upload_disks import CrashDisk
from tests.integration.archive.upload_lives import a_master, faults_after, live

POINTS = 120  # more than there are


async def faults_at(folder: Path, cut_at: int, lies: bool = False) -> tuple[list[str], int]:
    disk, master = CrashDisk(cut_at, lies), a_master(folder)
    told = await live(folder, master, disk)
    return await faults_after(folder, master, told), disk.count


async def test_a_whole_life_has_fewer_operations_than_are_cut(tmp_path: Path) -> None:
    faults, count = await faults_at(tmp_path, 0)
    assert faults == [] and 100 < count < POINTS
    print(f"\nupload life: {count} operations of the disk")


@pytest.mark.parametrize("cut_at", [*range(4, POINTS, 18)])
async def test_nothing_that_was_told_is_lost(tmp_path: Path, cut_at: int) -> None:
    faults, _ = await faults_at(tmp_path, cut_at)
    assert faults == []


@pytest.mark.faults
@pytest.mark.parametrize("cut_at", range(1, POINTS))
async def test_nothing_that_was_told_is_lost_wherever_the_power_goes(tmp_path: Path, cut_at: int) -> None:
    faults, _ = await faults_at(tmp_path, cut_at)
    assert faults == []


async def test_the_harness_sees_syncs_that_do_nothing(tmp_path: Path) -> None:
    """Protection off: what was told was never durable. This must be seen, or the tests above prove nothing."""
    seen = []
    for cut_at in (60, 90, 0):
        faults, _ = await faults_at(tmp_path / str(cut_at), cut_at, lies=True)
        seen += faults
    assert seen != []
