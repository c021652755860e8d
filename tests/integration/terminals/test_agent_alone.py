"""An agent that nobody helps: the server is gone, or wants none of it, and every second is recorded all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from terminals.agent import Agent, PublishingRefused
from terminals.enrolment import EnrolmentFailed, enrol, read_invitation
from terminals.master import folders
from terminals.master.server_keys import PINNED, pinned
from terminals.publisher import State
from terminals.settings import TerminalSettings
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import ServerSide, checked, device
from tests.waiting import until_async

CODE = "7K4M-2PQR-8STV"
NOWHERE = "http://127.0.0.1:1"
pytestmark = pytest.mark.timeout(90)


def settings_in(folder: Path, **master: Any) -> TerminalSettings:
    return TerminalSettings.model_validate({
        "server": {"device_key_file": str(folder / "key.json")},
        "camera": {"kind": "scene"}, "microphone": {"kind": "tone"},
        "main": {"width": 320, "height": 180, "fps": 10, "kbps": 200, "key_frame_s": 1},
        "sub": {"width": 160, "height": 90, "kbps": 60}, "encoder": {"prefer": "libx264"},
        "link": {"refused_s": 0.3}, "master": {"segment_s": 2, **master},
    })  # fmt: skip


@asynccontextmanager
async def running(settings: TerminalSettings) -> AsyncIterator[tuple[Agent, "asyncio.Task[None]"]]:
    agent = Agent(settings)
    task = asyncio.create_task(agent.run())
    try:
        yield agent, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, PublishingRefused):
            await task


def kept(agent: Agent) -> int:
    assert agent.on_board is not None
    return agent.on_board.room.master.fragments


def seconds(folder: Path, keys: ServerSide) -> float:
    """Of footage that the server can open, in sealed masters."""
    masters = list(folders.masters(folder / "master"))
    assert all((one / folders.SEAL).exists() for one in masters)
    return sum(entry.duration_us for one in masters for entry in checked(one, keys) if entry.video) / 1e6


async def test_a_device_that_loses_its_network_right_after_enrolment_records_at_once(tmp_path: Path) -> None:
    fake = FakeServer()
    async with serving(fake) as url:
        await enrol(read_invitation(CODE), url, tmp_path / "key.json", tmp_path / "master")
    async with running(settings_in(tmp_path)) as (agent, task):
        await until_async(lambda: kept(agent) >= 3 or task.done(), 30)
    assert seconds(tmp_path, fake.keys) > 2 and fake.tokens == 0


async def test_without_the_pinned_keys_nothing_could_be_sealed(tmp_path: Path) -> None:
    """What the pinning is for: the same device without them keeps nothing, and says so."""
    async with serving(FakeServer()) as url:
        await enrol(read_invitation(CODE), url, tmp_path / "key.json", tmp_path / "master")
    (tmp_path / "master" / PINNED).unlink()
    async with running(settings_in(tmp_path)) as (agent, task):
        assert agent.on_board is not None
        master = agent.on_board.room.master
        await until_async(lambda: master.trouble or task.done(), 30)
        assert (master.trouble, master.fragments) == ("no key of the server yet", 0)


async def test_enrolment_pins_durably_and_believes_no_other_server(tmp_path: Path) -> None:
    key, masters, fake = tmp_path / "key.json", tmp_path / "master", FakeServer()
    async with serving(fake) as url:
        placed = await enrol(read_invitation(CODE), url, key, masters)
        known = pinned(masters)
        assert known is not None and known.said == fake.keys.said()
        assert (masters / PINNED).stat().st_mode & 0o077 == 0
        again = await enrol(read_invitation(CODE), url, key, masters)
        assert again.public != placed.public, "a new code is a new key, at the same server"
        fake.keys = ServerSide()
        before = key.read_bytes()
        with pytest.raises(EnrolmentFailed, match="vouch"):
            await enrol(read_invitation(CODE), url, key, masters)
        assert key.read_bytes() == before and pinned(masters) == known


@pytest.mark.parametrize("whip", [False, True])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 503])
async def test_whoever_refuses_its_media_it_goes_on_recording(tmp_path: Path, status: int, whip: bool) -> None:
    fake = FakeServer(media=status, whip=whip)
    async with serving(fake) as url:
        await enrol(read_invitation(CODE), url, tmp_path / "key.json", tmp_path / "master")
        async with running(settings_in(tmp_path, upload=False)) as (agent, task):
            await until_async(lambda: (kept(agent) >= 2 and fake.media_asked >= 2) or task.done(), 30)
            assert not task.done() and agent.publisher.state is not State.LIVE
            seen = kept(agent)
            await until_async(lambda: kept(agent) > seen or task.done(), 20)
    assert seconds(tmp_path, fake.keys) > 1


async def test_a_device_that_records_nothing_ends_with_words(tmp_path: Path) -> None:
    """The other side, and what used to end the recording too."""
    fake = FakeServer(media=403)
    async with serving(fake) as url:
        await enrol(read_invitation(CODE), url, tmp_path / "key.json", tmp_path / "master")
        async with running(settings_in(tmp_path, enabled=False)) as (_, task):
            await until_async(task.done, 30)
            assert isinstance(task.exception(), PublishingRefused)


async def test_a_server_that_was_never_there_stops_nothing(tmp_path: Path) -> None:
    keys = ServerSide()
    device().placed("T0101", NOWHERE, "test").write(tmp_path / "key.json")
    (tmp_path / "master").mkdir()
    (tmp_path / "master" / PINNED).write_text(keys.said().model_dump_json())
    async with running(settings_in(tmp_path)) as (agent, task):
        await until_async(lambda: kept(agent) >= 3 or task.done(), 30)
        assert agent.publisher.state in (State.CONNECTING, State.LOST)
    assert seconds(tmp_path, keys) > 2


async def test_the_number_in_the_picture_is_the_one_under_which_the_device_was_enrolled(tmp_path: Path) -> None:
    key = device()
    key.write(tmp_path / "key.json")
    plain = settings_in(tmp_path)
    settings = plain.model_copy(update={"server": plain.server.model_copy(update={"terminal": "T9999"})})
    async with running(settings) as (agent, _):
        assert agent.settings.server.terminal == agent.way_in.number == key.number != "T9999"
