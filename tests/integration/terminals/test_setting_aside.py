"""Space for what begins: receipted footage gives way to it, oldest first, and nothing else does."""

from pathlib import Path

import pytest

from terminals.master import folders, receipts
from terminals.master.disk import OwnDisk
from terminals.master.reserve import NoSpace, Reserve
from terminals.master.server_keys import read_keys
from terminals.master.setting_aside import set_aside, set_aside_what_fits
from tests.faults.full_disk import SmallDisk
from tests.integration.terminals.footage import ServerSide, device, master_in, record

pytestmark = pytest.mark.timeout(60)


def recorded(root: Path, server: ServerSide) -> Path:
    record(master_in(root, server, device(), segment_s=2), 8)
    return next(folders.masters(root))


def acknowledge(folder: Path, server: ServerSide, numbers: list[int]) -> None:
    for number in numbers:
        plain, index = server.open(folder, number), folders.read_index(folder, number)
        receipts.keep(server.receipt(folder.name, number, index, plain), folder, OwnDisk())


def present(folder: Path) -> list[int]:
    return [number for number in folders.segment_numbers(folder) if (folder / folders.sealed_name(number)).exists()]


def test_a_full_disk_of_receipted_footage_makes_room_for_a_begin(tight_disk: SmallDisk) -> None:
    root, server = tight_disk.folder / "master", ServerSide()
    folder = recorded(root, server)
    everything, key = present(folder), read_keys(server.said()).vouching
    wanted = sum(folders.size_of(folder / folders.sealed_name(number)) for number in everything[:-1]) // 2
    acknowledge(folder, server, everything[:-1])
    tight_disk.fill()
    reserve = Reserve(root)
    for unable in (None, read_keys(ServerSide().said()).vouching):
        with pytest.raises(NoSpace):
            set_aside(root, OwnDisk(), reserve, unable, wanted)
        assert present(folder) == everything, "without a receipt that holds nothing goes"
    set_aside(root, OwnDisk(), reserve, key, wanted)
    assert reserve.bytes == wanted and present(folder) == everything[-1:]


def test_with_a_reason_it_begins_with_what_fits(tight_disk: SmallDisk) -> None:
    root = tight_disk.folder / "master"
    OwnDisk().make_folder(root)
    reserve = Reserve(root)
    assert "存储空间不足" in set_aside_what_fits(root, OwnDisk(), reserve, None, 1 << 30)
    assert set_aside_what_fits(root, OwnDisk(), reserve, None, 1 << 20) == "" and reserve.bytes == 1 << 20
