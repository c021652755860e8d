"""Rows of PostgreSQL in a backup: of one moment, and the same after they were put back."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from dispatch_server.ops.database_copy import DatabaseUncopied, copy_rows
from dispatch_server.ops.restore import RestoreRefused, restore
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.world import World
from dispatch_server.wiring import wire_ground
from dispatch_server.wiring.first_start import begin
from tests.integration.ops.stored_node import Node
from tests.services import Postgres


async def test_rows_of_postgresql_come_back(tmp_path: Path, running_postgres: Postgres) -> None:
    running_postgres.sql("CREATE DATABASE old_one")
    running_postgres.sql("CREATE DATABASE new_one")
    old = Node(tmp_path / "old", running_postgres.url("old_one"))
    shares = old.fill()
    await old.write(1200)
    folder = await asyncio.to_thread(old.backup, tmp_path / "backups")
    new = Node(tmp_path / "new", running_postgres.url("new_one"))
    await asyncio.to_thread(restore, folder, new.settings, World(), shares)
    assert await new.rows() == await old.rows()
    await new.write(1, first=5000)
    other = Node(tmp_path / "third", running_postgres.url("new_one"))
    with pytest.raises(DatabaseUncopied, match="not empty"):
        await asyncio.to_thread(restore, folder, other.settings, World(), shares)
    with pytest.raises(RestoreRefused, match="sqlite"):
        restore(folder, Node(tmp_path / "fourth").settings, World(), shares)


async def test_a_whole_node_with_its_organisation_and_ledger_comes_back(
    tmp_path: Path, running_postgres: Postgres
) -> None:
    """Dates, bytes, rows that migrations made, triggers that refuse changes: every table, row by row."""
    for name in ("whole_old", "whole_new"):
        running_postgres.sql(f"CREATE DATABASE {name}")
    old, new = (Node(tmp_path / name, running_postgres.url(f"whole_{name}")) for name in ("old", "new"))
    await begin(old.settings, organisation=True, over_something=False)
    shares = old.fill()
    folder = await asyncio.to_thread(old.backup, tmp_path / "backups")
    await asyncio.to_thread(restore, folder, new.settings, World(), shares)
    await copy_rows(make_url(running_postgres.url("whole_new")), tmp_path / "again")
    then = {path.name: sorted(path.read_text().splitlines()) for path in (folder / "database").iterdir()}
    assert {path.name: sorted(path.read_text().splitlines()) for path in (tmp_path / "again").iterdir()} == then
    assert all(then[f"{name}.jsonl"] for name in ("acts", "ledger_state", "org_delegations", "org_departments"))
    wiring, _ = wire_ground(new.settings, World(), Counters())
    async with wiring.opened():
        assert await wiring.database.check() is None


async def test_postgresql_is_copied_of_one_moment(tmp_path: Path, running_postgres: Postgres) -> None:
    """While the first table is read, a row is added to both: neither is in the copy."""
    running_postgres.sql("CREATE DATABASE torn")
    node = Node(tmp_path / "old", running_postgres.url("torn"))
    node.fill()
    async with Database(node.settings.database, Counters()).opened() as database:
        async with database.transaction() as connection:
            for name in ("a_first", "z_last"):
                await connection.execute(text(f"CREATE TABLE {name} (n INTEGER PRIMARY KEY)"))
        ending = asyncio.Event()

        async def keep_writing() -> int:
            number = 0
            while not ending.is_set():
                async with database.transaction() as connection:
                    await connection.execute(text(f"INSERT INTO a_first VALUES ({number})"))
                    await connection.execute(text(f"INSERT INTO z_last VALUES ({number})"))
                number += 1
            return number

        writing = asyncio.create_task(keep_writing())
        folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
        ending.set()
        assert await writing > 0
    first, last = ((folder / "database" / f"{name}.jsonl").read_text().splitlines() for name in ("a_first", "z_last"))
    assert len(first) == len(last)
