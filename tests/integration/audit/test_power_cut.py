"""The power fails on a real ext4: every act that was acknowledged stands afterwards (C3 for the ledger)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine.interfaces import DBAPIConnection

from dispatch_server.audit.canonical import read
from dispatch_server.audit.sources import Outside, examine
from dispatch_server.kit.acts import LedgerAway
from dispatch_server.runtime.database import Database
from tests.faults.power import Disk
from tests.integration.audit.rig import Node, sqlite_url


class UnsyncedDatabase(Database):
    """Protection off."""

    def _prepare_sqlite(self, connection: DBAPIConnection, record: object) -> None:
        super()._prepare_sqlite(connection, record)
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()


def left(file: Path) -> set[str]:
    try:
        with closing(sqlite3.connect(file)) as connection:
            return {read(line)["action"] for (line,) in connection.execute("SELECT line FROM acts")}
    except sqlite3.Error:
        return set()


async def lost_in_a_power_cut(disk: Disk, kind: type[Database]) -> set[str]:
    """Acts that were acknowledged, alone or with a transaction, and are gone after the restart."""
    folder = disk.folder / "data"
    acknowledged = set()
    async with Node(sqlite_url(folder), folder, wait_s=2.0, kind=kind).opened() as node:
        for number in range(30):
            await node.ledger.enter(node.act(f"alone{number}"))
            async with node.database.transaction() as connection:
                await node.ledger.enter(node.act(f"with{number}"), connection)
            acknowledged |= {f"alone{number}", f"with{number}"}
        disk.cut_power()
        with pytest.raises(LedgerAway):
            await node.ledger.enter(node.act("late"))
    disk.restart()
    found = left(folder / "dispatch.sqlite3")
    assert "late" not in found
    if kind is Database:
        assert examine(folder / "dispatch.sqlite3", Outside()).is_good
    return acknowledged - found


@pytest.mark.timeout(120)
async def test_acknowledged_acts_survive_a_power_cut(cuttable_disk: Disk) -> None:
    assert await lost_in_a_power_cut(cuttable_disk, Database) == set()


@pytest.mark.timeout(120)
async def test_the_harness_sees_a_database_that_does_not_sync(cuttable_disk: Disk) -> None:
    assert await lost_in_a_power_cut(cuttable_disk, UnsyncedDatabase) != set()


@pytest.mark.timeout(120)
async def test_journalled_acts_survive_a_power_cut(cuttable_disk: Disk) -> None:
    folder = cuttable_disk.folder / "data"
    node = Node(sqlite_url(folder), folder)
    node.keys.open()
    journal = node.room.journal
    journal.open()
    journal.add(node.act("sos"))
    journal.flush()
    journal.add(node.act("unsynced"))
    cuttable_disk.cut_power()
    with pytest.raises(OSError):
        journal.flush()
    journal.close()
    cuttable_disk.restart()
    async with Node(sqlite_url(folder), folder, seed=2).opened() as again:
        await again.room.folding.fold_once()
        assert [read(line)["action"] for line in await again.lines()] == ["sos"]
