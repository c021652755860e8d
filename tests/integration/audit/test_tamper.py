"""E2 on the database: every single change of a row of the ledger is found, and a whole one never raises an alarm."""

import random
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.sources import ACTS, HEADS, NODES, STATE, NoLedger, Outside, examine
from dispatch_server.audit.tree import Frontier, leaf_hash
from dispatch_server.audit.verify import Report, Verifier
from tests.integration.audit.rig import Node, sqlite_url

COUNT = 530  # enough that subtrees are kept
ROUNDS = 250
TABLES = {"acts": "leaf_index", "ledger_nodes": "node_index", "ledger_heads": "number", "ledger_state": "id"}


@pytest.fixture
async def file(data_folder: Path) -> AsyncIterator[Path]:
    """A database with a ledger in it, closed."""
    node = Node(sqlite_url(data_folder), data_folder)
    async with node.opened():
        for begin in range(0, COUNT, 106):
            async with node.database.transaction() as connection:
                await node.room.store.append(connection, [node.act(number=begin + more) for more in range(106)])
            node.world.advance(60)
            await node.room.heads.sign()
    with closing(sqlite3.connect(data_folder / "dispatch.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")  # as somebody does who owns the database
        leave_the_ledger_alone(connection)
    yield data_folder / "dispatch.sqlite3"


def leave_the_ledger_alone(connection: sqlite3.Connection) -> None:
    """Without the other rooms' tables, so that a byte by chance is most often one of the ledger's."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    first = " ORDER BY sql LIKE 'CREATE VIRTUAL%' DESC"  # its shadows go with it
    for (name,) in connection.execute(tables + first).fetchall():
        if name not in TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute("VACUUM")


class Vandal:
    """Changes one thing in a database, by chance."""

    def __init__(self, connection: sqlite3.Connection, chance: random.Random) -> None:
        self.connection = connection
        self.chance = chance

    def other(self, value: Any) -> Any:
        if isinstance(value, bytes):
            place = self.chance.randrange(len(value)) if value else 0
            return (
                value[:place]
                + bytes([(value[place] if value else 0) ^ 1 << self.chance.randrange(8)])
                + value[place + 1 :]
            )
        if isinstance(value, int):
            return value + self.chance.choice([-1, 1, 1 << 20])
        place = self.chance.randrange(len(value) + 1)
        return value[:place] + self.chance.choice(["x", "1", "."]) + value[place + 1 :] + "!"

    def row(self, table: str) -> int:
        return int(self.chance.choice(self.connection.execute(f"SELECT rowid FROM {table}").fetchall())[0])

    def change_value(self) -> str:
        table = self.chance.choice([*TABLES, "acts", "acts"])
        columns = [row[1] for row in self.connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        column, row = self.chance.choice(columns), self.row(table)
        (value,) = self.connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
        self.connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ? WHERE rowid = ?", (self.other(value), row))
        return f"{table}.{column}"

    def delete_row(self) -> str:
        table = self.chance.choice(list(TABLES))
        self.connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (self.row(table),))
        return f"delete from {table}"

    def cut_off(self) -> str:
        table = self.chance.choice(["acts", "ledger_heads", "ledger_nodes"])
        key = TABLES[table]
        self.connection.execute(f"DELETE FROM {table} WHERE rowid >= ?", (self.row(table),))
        return f"cut {table} by {key}"

    def swap(self) -> str:
        rows = self.connection.execute("SELECT leaf_index FROM acts").fetchall()
        (one,), (other,) = self.chance.sample(rows, 2)
        for source, target in ((one, -1), (other, one), (-1, other)):
            self.connection.execute("UPDATE acts SET leaf_index = ? WHERE leaf_index = ?", (target, source))
        return "swap"

    def repeat(self) -> str:
        (top,) = self.connection.execute("SELECT max(leaf_index) FROM acts").fetchone()
        columns = [row[1] for row in self.connection.execute("PRAGMA table_info(acts)")][1:]
        values = ", ".join("identity || 'x'" if name == "identity" else name for name in columns)
        self.connection.execute(
            f"INSERT INTO acts (leaf_index, {', '.join(columns)}) SELECT ?, {values} FROM acts WHERE leaf_index = ?",
            (top + 1, self.row("acts") - 1),
        )
        return "repeat"

    def once(self) -> str:
        return self.chance.choice([self.change_value] * 6 + [self.delete_row, self.cut_off, self.swap, self.repeat])()


def content_of(file: Path) -> list[Any]:
    """Everything that is the ledger, as far as it can be read."""
    with closing(sqlite3.connect(file)) as connection:
        return [connection.execute(asked).fetchall() for asked in (STATE, HEADS, ACTS, f"{NODES} ORDER BY 1, 2")]


def missed(file: Path, rounds: int, seed: int) -> list[str]:
    chance, found = random.Random(seed), []
    before = content_of(file)
    copy = file.with_suffix(".changed")
    for _ in range(rounds):
        shutil.copyfile(file, copy)
        with closing(sqlite3.connect(copy)) as connection, connection:
            what = Vandal(connection, chance).once()
        if content_of(copy) != before and examine(copy, Outside()).is_good:
            found.append(what)
    return found


def test_a_whole_database_raises_no_alarm(file: Path) -> None:
    report = examine(file, Outside())
    assert report.is_good, list(report.said())
    assert (report.acts, report.signed, report.first_bad) == (COUNT, COUNT, None)
    assert report.heads >= COUNT // 106


@pytest.mark.timeout(300)
def test_every_change_of_a_row_is_found(file: Path) -> None:
    assert missed(file, ROUNDS, 5) == []


@pytest.mark.timeout(300)
def test_the_vandal_is_not_seen_by_a_verifier_that_looks_away(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Verifier, "_check_content", lambda *_: None)
    assert any(what.startswith("acts.") for what in missed(file, 60, 5))


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_ten_thousand_changes_of_rows_are_found(file: Path) -> None:
    assert missed(file, 10_000, 6) == []


@pytest.mark.timeout(300)
def test_a_flipped_byte_of_the_file_is_found_or_is_not_in_the_ledger(file: Path) -> None:
    before, data, chance = content_of(file), file.read_bytes(), random.Random(7)
    copy, harmless = file.with_suffix(".changed"), 0
    for _ in range(100):
        place = chance.randrange(len(data))
        copy.write_bytes(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])
        if read_good(copy):
            harmless += 1
            assert content_of(copy) == before, place
    assert harmless < 60


def read_good(file: Path) -> bool:
    try:
        return examine(file, Outside()).is_good
    except NoLedger:
        return False


def test_the_first_changed_line_is_named(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE acts SET actor_name = 'nobody' WHERE leaf_index IN (300, 41)")
    report = examine(file, Outside())
    assert report.first_bad == 41
    assert report.findings[0] == "line 41: its columns are not what it says: actor_name"


def roll_back(file: Path, size: int) -> SignedHead:
    """As somebody with all rights would: rows, nodes, heads and state fit together again; the newest head before."""
    with closing(sqlite3.connect(file)) as connection, connection:
        rows = connection.execute(f"{HEADS} DESC").fetchall()
        newest = rows[0]
        frontier = Frontier()
        for (line,) in connection.execute("SELECT line FROM acts WHERE leaf_index < ? ORDER BY leaf_index", (size,)):
            frontier.push(leaf_hash(line))
        connection.execute("DELETE FROM acts WHERE leaf_index >= ?", (size,))
        connection.execute("DELETE FROM ledger_heads WHERE size > ?", (size,))
        connection.execute("DELETE FROM ledger_nodes WHERE ((node_index + 1) << level) > ?", (size,))
        connection.execute(
            "UPDATE ledger_state SET size = ?, frontier = ?, heads = (SELECT count(*) FROM ledger_heads)",
            (size, frontier.joined()),
        )
    return SignedHead(*newest)


def test_a_ledger_that_was_rolled_back_as_a_whole_is_found_by_a_witness(file: Path) -> None:
    witness = roll_back(file, 400)
    assert examine(file, Outside()).is_good
    report: Report = examine(file, Outside([witness]))
    assert not report.is_good
    assert any("cut off or rolled back" in finding for finding in report.findings)
