"""Space for what begins: only receipted footage gives way, and a running agent holds it by either door."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from terminals.access import Access
from terminals.conversation import Received
from terminals.master import folders, receipts
from terminals.master.disk import OwnDisk
from terminals.master.on_board import CHANGED, OnBoard
from terminals.master.reserve import NoSpace, Reserve
from terminals.master.server_keys import read_keys
from terminals.master.setting_aside import set_aside, set_aside_what_fits
from terminals.settings import TerminalSettings
from terminals.signals import AccessToken, SignalClient
from terminals.way_in import WayIn
from terminals.whip import WhipClient
from terminals.world import monotonic
from tests.faults.full_disk import SmallDisk
from tests.integration.terminals.fake_server import serving
from tests.integration.terminals.field_server import FieldServer
from tests.integration.terminals.footage import ServerSide, device, master_in, record
from tests.unit.terminals.enforcement.told import detail, told
from tests.waiting import until_async

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


async def test_what_the_console_begins_is_recorded_at_once_and_space_is_held_for_it(tmp_path: Path) -> None:
    fake = FieldServer()
    async with serving(fake) as url, httpx2.AsyncClient(timeout=5) as client:
        key = device().placed("T0101", url, "test")
        key.write(tmp_path / "key.json")
        settings = TerminalSettings.model_validate(
            {
                "server": {"device_key_file": str(tmp_path / "key.json")},
                "master": {"folder": str(tmp_path / "master"), "reserve_hours": 0.01, "always": False},
            }
        )

        async def token() -> AccessToken:
            raise OSError

        signals = SignalClient("ws://127.0.0.1:1/ws/terminal", token, lambda message: None)
        way = WayIn("T0101", WhipClient(url, "x"), Access(key, client, tmp_path / "key.json"), None, signals)
        board = OnBoard(settings, way, monotonic(), lambda layer: None, lambda: None, lambda line: None)
        board.start()
        try:
            await until_async(lambda: fake.asked == 1)
            fake.current = told(detail("an-enforcement"))
            await asyncio.sleep(0)
            signals.on_message(Received(CHANGED, {}))
            await until_async(lambda: board.room.master.wish is not None, 5, "long before the usual look")
            assert board.room.master.wish is not None and board.room.master.wish.enforcement == "an-enforcement"
            await until_async(lambda: board.room.reserve.bytes > 0)
            fake.current = told(at=200)
            signals.on_message(Received(CHANGED, {}))
            await until_async(lambda: board.room.master.wish is None)
            await until_async(lambda: not (tmp_path / "master" / "reserve").exists())
        finally:
            await board.close()
