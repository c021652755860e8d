"""A full disk is real: the write that needs the next byte fails, and works again when there is room."""

import errno

import pytest

from tests.faults.full_disk import SmallDisk


def test_a_full_disk_refuses_and_an_emptied_one_accepts(tight_disk: SmallDisk) -> None:
    target = tight_disk.folder / "recording"
    target.write_bytes(b"x" * 4096)
    tight_disk.fill()
    assert tight_disk.free_bytes() == 0
    with pytest.raises(OSError) as caught:
        (tight_disk.folder / "another").write_bytes(b"x" * 4096)
    assert caught.value.errno == errno.ENOSPC
    assert target.read_bytes() == b"x" * 4096
    tight_disk.empty()
    (tight_disk.folder / "another").write_bytes(b"x" * 4096)


def test_a_rest_is_left_when_asked_for(tight_disk: SmallDisk) -> None:
    tight_disk.fill(leave_bytes=1 << 20)
    assert tight_disk.free_bytes() == pytest.approx(1 << 20, abs=8192)
    (tight_disk.folder / "fits").write_bytes(b"x" * 500_000)
    with pytest.raises(OSError):
        (tight_disk.folder / "does-not").write_bytes(b"x" * 1_000_000)
