"""A whole agent whose media reaches nobody: it records all the same, delivers, and closes and seals when it ends."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from terminals.agent import Agent
from terminals.enforcement.outbox import Outbox, Said
from terminals.master import folders
from terminals.settings import TerminalSettings
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import checked, device
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(90)


async def test_it_records_whatever_the_network_does(tmp_path: Path) -> None:
    fake = FakeServer()
    async with serving(fake) as url:
        device().placed("T0101", url, "test").write(tmp_path / "key.json")
        settings = TerminalSettings.model_validate({
            "server": {"device_key_file": str(tmp_path / "key.json")},
            "camera": {"kind": "scene"}, "microphone": {"kind": "tone"},
            "main": {"width": 320, "height": 180, "fps": 10, "kbps": 200, "key_frame_s": 1},
            "sub": {"width": 160, "height": 90, "kbps": 60}, "encoder": {"prefer": "libx264"},
            "master": {"folder": str(tmp_path / "master"), "segment_s": 2},
        })  # fmt: skip
        agent = Agent(settings)
        running = asyncio.create_task(agent.run())
        assert agent.on_board is not None
        master = agent.on_board.room.master
        await until_async(lambda: master.fragments >= 3 or running.done(), 30)
        outbox = Outbox(tmp_path / "master" / "enforcement")
        story = [("open", {"kind": "penalty"}), ("begin", {})]
        for what, body in story:
            outbox.append(Said("an-enforcement", what, {"key": what * 3, "utc_us": 1, **body}))
        await until_async(lambda: master.recording is not None and master.recording.enforcement, 20)
        seen = master.fragments
        await until_async(lambda: master.fragments >= seen + 3, 20)
        await until_async(lambda: fake.receipts, 20)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    cards = [folders.read_card(folder) for folder in folders.masters(tmp_path / "master")]
    assert [card.enforcement for card in cards] == ["", "an-enforcement"]
    for folder in folders.masters(tmp_path / "master"):
        assert checked(folder, fake.keys) and (folder / folders.SEAL).exists()
    assert [path.rsplit("/", 1)[-1] for path, _ in fake.commands] == ["open", "begin"]
