"""
A terminal's store at every operation of its disk (reliability C2, C3, D1, D2): killed, without power, full, failing.

Nothing announced is lost, nothing without a receipt is given up, each master opens, holds and is sealed; and the same
when the start that mends it is stopped as well. What was tried is counted and printed.
"""

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from dispatch_server.protocol.footage import GapEntry
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.recovery import recover
from terminals.master.writer import MasterWriter, _Open
from tests.faults import able
from tests.faults.power import Disk as PowerDisk
from tests.faults.power import loop_disk
from tests.integration.terminals.bad_disks import STOPS, BadDisk, Stopped
from tests.integration.terminals.footage import ServerSide, device
from tests.integration.terminals.recorded_lives import LATER_US, LIFE_S, Told, faults_after, live
from tests.integration.terminals.recording_child import no_sync, reversed_order

SERVER, KEY = ServerSide(), device()
FAILS, MASTERS = ("ENOSPC", "EIO"), 3
FEW, ALL = range(3, 140, 19), range(1, 140)  # a life has fewer operations
pytestmark = pytest.mark.timeout(300)


def befallen(root: Path, disk: BadDisk) -> Told:
    told = Told()
    with suppress(Stopped, OSError):  # an OSError of pinning or of a receipt ends the program, which is started again
        live(root, disk, SERVER, KEY, told)
    disk.restart()
    return told


def undeclared(root: Path, told: Told) -> list[str]:
    """What could not be kept is a gap, or its master says since when it is lacking; one without a card cannot."""
    gaps, masters = 0, list(folders.masters(root))
    if len(masters) < MASTERS:
        return []
    for folder in masters:
        end = folders.read_end(folder)
        gaps += end is not None and end.missing_from_utc_us > 0
        for number in folders.segment_numbers(folder):
            gaps += sum(isinstance(line.entry, GapEntry) for line in folders.verdict_of(folder, number).lines)
    return [] if gaps or len(told.fragments) in (0, LIFE_S) else ["fragments are lacking and nothing says so"]


def faults_at(folder: Path, at: int, how: str, lies: bool = False, lasts: int = 1) -> tuple[list[str], BadDisk, Told]:
    root, disk = folder / f"{how}-{at}-{lasts}", BadDisk(at, how, lies, lasts)
    told = befallen(root, disk)
    faults = faults_after(root, SERVER, KEY, told)
    if how in FAILS:
        faults += undeclared(root, told)
    shutil.rmtree(root, ignore_errors=True)
    return [f"{how} at {at}: {fault}" for fault in faults], disk, told


def tried(folder: Path, points: Iterable[int], how: str, lasts: int = 1) -> tuple[list[str], int, int]:
    """What is wrong, how many points there were, and how many announced fragments were looked for."""
    faults, count, announced = [], 0, 0
    for at in points:
        found, disk, told = faults_at(folder, at, how, lasts=lasts)
        if disk.count < at:
            break
        faults += found
        count += 1
        announced += len(told.fragments)
    return faults, count, announced


def test_a_life_that_nothing_befalls(tmp_path: Path) -> None:
    faults, disk, told = faults_at(tmp_path, 0, "kill")
    assert faults == [] and 100 < disk.count < ALL.stop and len(told.fragments) == LIFE_S and len(told.receipts) == 3


@pytest.mark.parametrize("how", [*STOPS, *FAILS])
def test_whatever_befalls_it_nothing_that_was_told_is_lost(tmp_path: Path, how: str) -> None:
    faults, count, _ = tried(tmp_path, FEW, how)
    assert faults == [] and count >= 6


@pytest.mark.faults
@pytest.mark.parametrize("how", STOPS)
def test_stopped_before_each_operation(tmp_path: Path, how: str) -> None:
    faults, count, announced = tried(tmp_path, ALL, how)
    print(f"\nterminal store, {how}: {count} points, {announced} announced fragments looked for, {len(faults)} faults")
    assert faults == [] and count > 100


@pytest.mark.faults
@pytest.mark.parametrize("how", FAILS)
@pytest.mark.parametrize("lasts", [1, 4, 20])
def test_each_operation_fails(tmp_path: Path, how: str, lasts: int) -> None:
    faults, count, announced = tried(tmp_path, ALL, how, lasts)
    print(f"\nterminal store, {how} for {lasts}: {count} points, {announced} fragments announced, {len(faults)} faults")
    assert faults == [] and count > 100


def mended_badly(folder: Path, stops: Iterable[int], first: str, how: str) -> tuple[list[str], int]:
    """Stopped once while recording, and again at each operation of the start that mends it."""
    faults, count = [], 0
    for at in stops:
        before, disk = folder / "before", BadDisk(at, first)
        told = befallen(before, disk)
        for again in range(1, 60):
            root, mending = folder / "again", BadDisk(again, how)
            shutil.copytree(before, root)
            try:
                recover(root, mending, KEY, LATER_US)
            except Stopped:
                mending.restart()
                found = faults_after(root, SERVER, KEY, told)
                faults += [f"{first} at {at}, {how} at {again} of the mending: {one}" for one in found]
                count += 1
            shutil.rmtree(root)
            if mending.count < again:
                break
        shutil.rmtree(before)
    return faults, count


def test_a_start_that_is_stopped_is_mended_by_the_next(tmp_path: Path) -> None:
    faults, count = mended_badly(tmp_path, (38, 72), "torn kill", "power")
    assert faults == [] and count >= 10


@pytest.mark.faults
@pytest.mark.parametrize("first", STOPS)
@pytest.mark.parametrize("how", STOPS)
def test_each_start_that_is_stopped_is_mended_by_the_next(tmp_path: Path, first: str, how: str) -> None:
    faults, count = mended_badly(tmp_path, range(8, 124, 7), first, how)
    print(f"\nterminal store, {first} and then {how} while it is mended: {count} points, {len(faults)} faults")
    assert faults == [] and count > 50


class Cut(BadDisk):
    """A real file system whose power is cut before the Nth operation."""

    syncs = True

    def __init__(self, at: int, power: PowerDisk) -> None:
        super().__init__(at, "kill")
        self._power = power

    def step(self) -> bool:
        if self.count + 1 == self.at:
            self._power.cut_power()
        return super().step()


def faults_of_a_cut(folder: Path, at: int) -> list[str]:
    folder.mkdir(exist_ok=True)
    with loop_disk(folder, 16) as power:
        root, disk, told = power.folder / "master", Cut(at, power), Told()
        try:
            with suppress(Stopped):
                live(root, disk, SERVER, KEY, told)
        finally:
            disk.restart()  # with a file open the disk could not be taken off
        power.restart()
        return faults_after(root, SERVER, KEY, told)


@pytest.mark.skipif(bool(able.why_no_power_cuts()), reason=able.why_no_power_cuts() or "-")
@pytest.mark.parametrize("at", [40, 90])
def test_the_power_of_a_real_disk_is_cut(tmp_path: Path, at: int) -> None:
    assert faults_of_a_cut(tmp_path, at) == []


@pytest.mark.faults
@pytest.mark.skipif(bool(able.why_no_power_cuts()), reason=able.why_no_power_cuts() or "-")
def test_the_power_of_a_real_disk_is_cut_before_each_operation(tmp_path: Path) -> None:
    cuts = range(1, 124)
    faults = [f"{at}: {fault}" for at in cuts for fault in faults_of_a_cut(tmp_path / str(at), at)]
    print(f"\nterminal store on ext4: {len(cuts)} power cuts, {len(faults)} faults")
    assert faults == []


Fault = Callable[[MasterWriter, _Open, bytes, bytes], None]


@pytest.mark.parametrize(("how", "fault"), [("power", no_sync), ("torn power", no_sync), ("torn kill", reversed_order)])
def test_the_harness_sees_a_writer_that_does_it_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, fault: Fault
) -> None:
    """Protection off. This must be seen, or what is above proves nothing."""
    monkeypatch.setattr(MasterWriter, "_make_durable", fault)
    assert tried(tmp_path, range(14, 80, 3), how)[0] != []


def test_the_harness_sees_syncs_that_do_nothing(tmp_path: Path) -> None:
    assert faults_at(tmp_path, 60, "power", lies=True)[0] != []


@pytest.mark.parametrize("how", FAILS)
def test_the_harness_sees_that_what_was_not_announced_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """As it was for EIO: a line that was written and never synced, and the next segment follows the one before it."""
    monkeypatch.setattr("tests.integration.terminals.bad_disks.BadFile.cut", lambda self, size: None)
    assert tried(tmp_path, range(14, 70), how)[0] != []


def test_the_harness_sees_footage_that_is_given_up_too_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from terminals.master import stewardship

    class Any(dict[int, None]):
        def __contains__(self, segment: object) -> bool:
            return True

    monkeypatch.setattr(stewardship, "receipted", lambda folder, key: Any())
    assert any("without a receipt" in fault for fault in faults_at(tmp_path, 0, "kill")[0])


def test_the_harness_knows_its_device(tmp_path: Path) -> None:
    told = befallen(tmp_path / "m", BadDisk())
    other = DeviceKey.make().placed("T0101", "http://127.0.0.1:1", "test")
    assert faults_after(tmp_path / "m", SERVER, other, told) != []
