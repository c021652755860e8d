"""A kill or a disk error at every step of sealing: never a seal over something else, and it is finished later."""

import errno
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dispatch_server.archive.disk import AppendFile, LocalDisk, LocalFile
from dispatch_server.archive.seals.closing import write_once
from dispatch_server.archive.seals.model import Findings
from dispatch_server.archive.seals.verify import SEAL, verify_recording
from tests.integration.archive.bad_disks import LyingDisk
from tests.unit.archive.seals.made import TRUST, closed, seal

STEPS = 200  # more than sealing has


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class FailingDisk(LocalDisk):
    """The Nth call fails and, as after a power cut, what was not synced is gone: half of each written piece stays."""

    def __init__(self, nth: int, error: BaseException) -> None:
        self.left, self.error = nth, error
        self.failed_syncs: set[Path] = set()
        self.syncs_again: list[Path] = []

    def step(self) -> None:
        self.left -= 1
        if self.left == 0 or (self.left < 0 and isinstance(self.error, Killed)):
            raise self.error

    def create(self, path: Path) -> AppendFile:
        self.step()
        return _FailingFile(self, path)

    def sync_folder(self, path: Path) -> None:
        self.step()
        super().sync_folder(path)

    def write_whole(self, path: Path, data: bytes) -> None:
        new = path.with_name(path.name + ".new")
        self.remove(new)
        file = self.create(new)
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        new.replace(path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        self.step()
        super().remove(path)


class _FailingFile(LocalFile):
    def __init__(self, disk: FailingDisk, path: Path) -> None:
        super().__init__(path)
        self._disk, self._path = disk, path

    def append(self, data: bytes) -> None:
        super().append(data[: len(data) // 2])
        self._disk.step()
        super().append(data[len(data) // 2 :])

    def sync(self) -> None:
        if self._path in self._disk.failed_syncs:
            self._disk.syncs_again.append(self._path)
        self._disk.failed_syncs.add(self._path)
        self._disk.step()
        self._disk.failed_syncs.discard(self._path)
        super().sync()


class HastyDisk(FailingDisk):
    """Protection off: the seal gets its name before its bytes are whole."""

    def create(self, path: Path) -> AppendFile:
        self.step()
        return _FailingFile(self, path.with_name(path.name.removesuffix(".new")))


def states(
    tmp_path: Path, kind: type[FailingDisk], error: type[BaseException], sm3: bool
) -> Iterator[tuple[int, Path, FailingDisk]]:
    """A recording for each step at which sealing can fail, as that left it."""
    for nth in range(1, STEPS):
        folder = closed(tmp_path / f"{kind.__name__}-{nth}", seed=nth)
        disk = kind(nth, error(errno.EIO, "no such luck"))
        with suppress(OSError, Killed):
            seal(folder, sm3, disk)
        if disk.left > 0:
            return
        yield nth, folder, disk
    raise AssertionError("sealing never came to its end")


def wrong_after(folder: Path, sm3: bool) -> list[str]:
    """What is wrong with the state that is left, and with what the next try makes of it."""
    faults = []
    if (folder / SEAL).exists() and not verify_recording(folder, TRUST).is_whole:
        faults.append(f"the seal that is left does not hold: {verify_recording(folder, TRUST).said()}")
    made = seal(folder, sm3)
    found: Findings = verify_recording(folder, TRUST)
    if made.seal is None or not (found.is_whole and found.proved) or bool(made.seal.sm3) is not sm3:
        faults.append(f"it was not finished: {made.findings.said()} {found.said()}")
    if list(folder.glob("*.new")):
        faults.append("something half written stays")
    return faults


@pytest.mark.parametrize("sm3", [False, True])
@pytest.mark.parametrize("error", [Killed, OSError])
def test_sealing_fails_at_every_step_and_is_finished(tmp_path: Path, error: type[BaseException], sm3: bool) -> None:
    count = 0
    for nth, folder, disk in states(tmp_path, FailingDisk, error, sm3):
        assert disk.syncs_again == [], f"step {nth}: a sync was tried again"
        assert wrong_after(folder, sm3) == [], f"step {nth}"
        count += 1
    assert count >= (20 if sm3 else 6)


def test_the_harness_sees_a_seal_that_is_named_too_early(tmp_path: Path) -> None:
    """Protection off."""
    folder = closed(tmp_path / "r")
    with pytest.raises((Killed, OSError)):
        seal(folder, False, HastyDisk(3, Killed()))
    assert wrong_after(folder, False) != []


def test_a_recording_that_changed_between_two_tries_is_not_taken_for_the_sealed_one(tmp_path: Path) -> None:
    folder = closed(tmp_path / "r", seed=1)
    seal(folder)
    kept = (folder / SEAL).read_bytes()
    for path in list(folder.glob("0*")):
        path.unlink()
    closed(folder, seed=2, identity="recording-1")
    made = seal(folder)
    assert "closes something else" in made.findings.said()
    assert (folder / SEAL).read_bytes() == kept


def test_a_seal_is_written_once(tmp_path: Path) -> None:
    write_once(LocalDisk(), tmp_path / SEAL, b"one")
    with pytest.raises(FileExistsError):
        write_once(LocalDisk(), tmp_path / SEAL, b"other")
    assert [path.name for path in tmp_path.iterdir()] == [SEAL] and (tmp_path / SEAL).read_bytes() == b"one"


def test_after_a_failed_sync_the_file_goes_and_is_never_synced_again(tmp_path: Path) -> None:
    disk = LyingDisk(1)
    with pytest.raises(OSError, match="no such luck"):
        write_once(disk, tmp_path / SEAL, b"one")
    assert list(tmp_path.iterdir()) == [] and disk.synced_after_error == []


def test_an_index_that_is_broken_is_sealed_as_far_as_it_holds(tmp_path: Path) -> None:
    folder = closed(tmp_path / "r", segments=3, fragments=4)
    index = folder / "000002.jsonl"
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"".join(lines[:3]) + lines[3].replace(b'"video":25', b'"video":26') + b"".join(lines[4:]))
    made = seal(folder)
    assert made.seal is not None and (made.seal.segments, made.seal.fragments) == (2, 5)
    found = verify_recording(folder, TRUST)
    assert found.proved and not found.is_whole
    assert found.faults[0].said() == "segment 2: line 4 of the index: the chain is broken"


def test_two_disks_carry_the_same_seal(tmp_path: Path) -> None:
    one = closed(tmp_path / "one")
    other = tmp_path / "other"
    other.mkdir()
    for path in [*one.glob("000002.*"), one / "recording.json", one / "closed.json"]:
        (other / path.name).write_bytes(path.read_bytes())
    for path in one.glob("000002.*"):
        path.unlink()
    from tests.unit.archive.seals.made import sealing

    made = sealing([one, other])
    assert sum(made.steps()) > 0
    assert (one / SEAL).read_bytes() == (other / SEAL).read_bytes()
    assert verify_recording([one, other], TRUST).is_whole
    assert not verify_recording(one, TRUST).is_whole
