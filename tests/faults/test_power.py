"""A power cut is real: what was synced is there afterwards, what was only written is not."""

import errno
import os

import pytest

from tests.faults.power import Disk


def write(disk: Disk, name: str, sync: bool) -> None:
    with (disk.folder / name).open("wb") as file:
        file.write(b"x" * 100_000)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    if sync:
        folder = os.open(disk.folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def bytes_of(disk: Disk, name: str) -> int:
    path = disk.folder / name
    return path.stat().st_size if path.exists() else 0


def test_what_was_synced_survives_and_what_was_not_is_gone(cuttable_disk: Disk) -> None:
    write(cuttable_disk, "kept", sync=True)
    write(cuttable_disk, "gone", sync=False)
    assert bytes_of(cuttable_disk, "gone") == 100_000
    cuttable_disk.cut_power()
    cuttable_disk.restart()
    assert (cuttable_disk.folder / "kept").read_bytes() == b"x" * 100_000
    assert bytes_of(cuttable_disk, "gone") == 0


def test_without_power_every_write_fails(cuttable_disk: Disk) -> None:
    cuttable_disk.cut_power()
    with pytest.raises(OSError) as caught:
        write(cuttable_disk, "late", sync=True)
    assert caught.value.errno == errno.EIO


def test_an_orderly_restart_loses_nothing(cuttable_disk: Disk) -> None:
    write(cuttable_disk, "written", sync=False)
    cuttable_disk.restart()
    assert bytes_of(cuttable_disk, "written") == 100_000
