"""`dispatch-terminal deliver`: all that lies on a device is handed over, and it ends when all of it is acknowledged."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from terminals.access import Access
from terminals.enforcement.delivery import Deliverer
from terminals.enforcement.outbox import Outbox, Said
from terminals.master import folders
from terminals.master.assembly import lock
from terminals.master.disk import OwnDisk
from terminals.master.docked import DeviceRefused, Dock
from terminals.master.uploader import Uploader
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import device, master_in, record
from tests.waiting import until_async

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.timeout(90)


async def command(folder: Path, url: str = "", enrolled: bool = True) -> "subprocess.CompletedProcess[str]":
    if enrolled:
        device().placed("T0101", url, "test").write(folder / "key.json")
    (folder / "terminal.yaml").write_text(f"server:\n  device_key_file: {folder / 'key.json'}\n")
    whole = [sys.executable, "-m", "terminals", "deliver", "--config", str(folder / "terminal.yaml")]
    return await asyncio.to_thread(subprocess.run, whole, cwd=ROOT, capture_output=True, text=True, timeout=60)


def two_masters(folder: Path, fake: FakeServer) -> tuple[Path, Path]:
    """The second one as a crash leaves it: open, with half a line."""
    key = device()
    for _ in range(2):
        record(master_in(folder / "master", fake.keys, key, segment_s=2), 4)
    first, second = folders.masters(folder / "master")
    (second / folders.END).unlink()
    (second / folders.SEAL).unlink()
    return first, second


async def test_it_ends_when_all_is_acknowledged(tmp_path: Path) -> None:
    fake = FakeServer()
    first, second = two_masters(tmp_path, fake)
    Outbox(tmp_path / "master" / "enforcement").append(Said("e", "open", {"key": "k", "utc_us": 1}))
    async with serving(fake) as url:
        done = await command(tmp_path, url)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "all of it is acknowledged" in done.stdout
        again = await command(tmp_path, url)
        assert again.returncode == 0 and "uploaded 0 segments" in again.stdout
    for folder in (first, second):
        assert (folder / folders.DELIVERED).exists() and fake.ends[folder.name].seal.recording == folder.name
        numbers = folders.segment_numbers(folder)
        assert {number for one, number in fake.plain if one == folder.name} == set(numbers)
    assert [path for path, _ in fake.commands] == ["open"]


async def test_what_cannot_be_delivered_is_named_and_does_not_hold_up_the_rest(tmp_path: Path) -> None:
    fake = FakeServer()
    first, second = two_masters(tmp_path, fake)
    sealed = first / folders.sealed_name(1)
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"?")
    async with serving(fake) as url:
        done = await command(tmp_path, url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{first.name}: 未送达 not delivered: 000001: 400:" in done.stdout
    assert second.name not in done.stdout and (second / folders.DELIVERED).exists()
    assert {number for name, number in fake.plain if name == first.name} == {*folders.segment_numbers(first)} - {1}


async def test_beside_a_running_agent_and_without_enrolment_it_ends_with_words(tmp_path: Path) -> None:
    done = await command(tmp_path, enrolled=False)
    assert done.returncode == 2 and "not enrolled" in done.stderr
    (tmp_path / "master").mkdir()
    lock(tmp_path / "master")
    done = await command(tmp_path, "http://127.0.0.1:1")
    assert done.returncode == 2 and "another program of this device records" in done.stderr


@asynccontextmanager
async def docked(folder: Path, url: str, said: list[str]) -> AsyncIterator[Dock]:
    async with httpx2.AsyncClient(timeout=5) as client:
        access = Access(device().placed("T0101", url, "test"), client, folder / "key.json")
        uploader = Uploader(folder / "master", OwnDisk(), access, lambda: None, lambda keys: None)
        deliverer = Deliverer(access, folder / "master" / "enforcement")
        yield Dock(access, uploader, deliverer, said.append, first_pause_s=0.02, quiet_s=0.02)


async def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    fake, said = FakeServer(away=True), list[str]()
    first, _ = two_masters(tmp_path, fake)
    async with serving(fake) as url, docked(tmp_path, url, said) as dock:
        running = asyncio.create_task(dock.run())
        await until_async(lambda: len(said) >= 3, 10)
        assert not running.done()
        fake.away = False
        await until_async(lambda: (first / folders.DELIVERED).exists(), 20)
        running.cancel()
        await asyncio.wait([running])


async def test_a_device_that_is_refused_is_told_so(tmp_path: Path) -> None:
    fake = FakeServer(token_life="")
    two_masters(tmp_path, fake)
    async with serving(fake) as url, docked(tmp_path, url, []) as dock:
        with pytest.raises(DeviceRefused):
            await dock.run()
    assert fake.plain == {}
