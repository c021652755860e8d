"""A backup that is made while acts are put on record is a ledger that verifies, and raises no alarm when put back."""

import asyncio
import shutil
from pathlib import Path

import pytest

from dispatch_server.identity.callers import SystemCaller
from dispatch_server.ops.restore import restore
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.wiring import wire_ground
from tests.integration.ops.program import run
from tests.integration.ops.stored_node import Node

ALARM = b"dispatch_ledger_alarms_total{"
pytestmark = pytest.mark.timeout(240)  # starts whole programs


async def alarms(node: Node) -> bool:
    """Whether the ledger says at its start that something is not as it was."""
    wiring, _ = wire_ground(node.settings, World(), Counters())
    async with wiring.opened():
        return ALARM in wiring.counters.exposition()


async def test_acts_go_on_during_a_backup(tmp_path: Path) -> None:
    old = Node(tmp_path / "old")
    shares = old.fill()
    wiring, _ = wire_ground(old.settings, World(), Counters())
    async with wiring.opened():
        ending = asyncio.Event()

        async def keep_acting() -> int:
            number = 0
            while not ending.is_set():
                await wiring.recorder.enter(SystemCaller("test"), "test.act", f"one:{number}")
                wiring.recorder.journal(SystemCaller("test"), "test.journal", f"one:{number}")
                number += 1
            return number

        acting = asyncio.create_task(keep_acting())
        folders = [await asyncio.to_thread(old.backup, tmp_path / "backups") for _ in range(3)]
        ending.set()
        assert await acting > 0
    for number, folder in enumerate(folders):
        new = Node(tmp_path / f"new{number}")
        await asyncio.to_thread(restore, folder, new.settings, World(), shares)
        assert not await alarms(new)
        verified = await asyncio.to_thread(run, tmp_path, "audit", "verify", str(new.data / "dispatch.sqlite3"))
        assert verified.returncode == 0, verified.stdout + verified.stderr
    # An older database under a newer head is what the alarm is for: it would have been raised.
    first, last = Node(tmp_path / "new0"), Node(tmp_path / "mixed")
    await asyncio.to_thread(restore, folders[2], last.settings, World(), shares)
    shutil.copy(folders[0] / "database.sqlite3", last.data / "dispatch.sqlite3")
    shutil.copy(old.data / "ledger" / "newest-head.json", last.data / "ledger" / "newest-head.json")
    assert await alarms(last)
    assert not await alarms(first)
