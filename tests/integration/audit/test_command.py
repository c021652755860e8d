"""`dispatch-server audit verify` as people call it: without a server, with a sentence and an exit code."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from dispatch_server.audit.canonical import canonical, read
from dispatch_server.audit.commands import NOT_READ, NOT_WHOLE
from dispatch_server.audit.model import COLUMNS
from dispatch_server.audit.tree import Frontier, inclusion_spans, leaf_hash
from dispatch_server.cli import cli
from tests.integration.audit.rig import Node, sqlite_url
from tests.unit.audit.made import SIGNER, STRANGER, made

EXPORT = made(12, (4, 8))


def call(*words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["audit", "verify", *map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


async def test_both_databases_are_verified_without_a_server(url: str, data_folder: Path, tmp_path: Path) -> None:
    async with Node(url, data_folder).opened() as node:
        async with node.database.transaction() as connection:
            await node.room.store.append(connection, [node.act(number=number) for number in range(300)])
        head = await node.room.heads.sign()
    witness = write(tmp_path / "heads.jsonl", canonical(head.form()) + b"\n")
    code, said = await asyncio.to_thread(call, url, "--witness", witness, "--key", head.key.hex())
    assert code == 0, said
    assert "The ledger is whole: 300 acts" in said and "Compared with 1 heads of witnesses." in said
    code, said = await asyncio.to_thread(call, url, "--key", STRANGER.key.hex())
    assert code == NOT_WHOLE and "not trusted" in said


async def test_a_changed_column_is_told_on_both(url: str, data_folder: Path) -> None:
    async with Node(url, data_folder).opened() as node:
        for number in range(9):
            await node.ledger.enter(node.act(number=number))
        is_sqlite = node.database.is_sqlite
        off = "DROP TRIGGER acts_no_update" if is_sqlite else "ALTER TABLE acts DISABLE TRIGGER ALL"
        async with node.database.transaction() as connection:
            await connection.execute(text(off))
            await connection.execute(text("UPDATE acts SET outcome = 'refused' WHERE leaf_index IN (4, 7)"))
    code, said = await asyncio.to_thread(call, url)
    assert code == NOT_WHOLE and "the first bad line is 4" in said


async def test_a_changed_database_is_told_with_its_first_bad_line(data_folder: Path) -> None:
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        for number in range(9):
            await node.ledger.enter(node.act(number=number))
    file = data_folder / "dispatch.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DROP TRIGGER acts_no_update")
        connection.execute("UPDATE acts SET line = CAST(replace(line, 'stream:6', 'stream:5') AS BLOB)")
    code, said = call(file)
    assert code == NOT_WHOLE and "the first bad line is 6" in said


def test_an_exported_file_is_verified_and_compared(tmp_path: Path) -> None:
    file = write(tmp_path / "ledger.jsonl", EXPORT.export())
    code, said = call(file)
    assert code == 0 and "12 acts, 3 signed heads" in said and "No witness was compared" in said
    longer = made(20, (4, 8, 12)).heads[-1]
    witness = write(tmp_path / "heads.jsonl", canonical(longer.form()) + b"\n")
    code, said = call(file, "-w", witness)
    assert code == NOT_WHOLE and "cut off or rolled back" in said
    assert call(file, "--key", SIGNER.key.hex())[0] == 0


def test_what_cannot_be_read_is_not_called_broken(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as connection:
        connection.execute("CREATE TABLE x (y)")
    empty = write(tmp_path / "empty", b"")
    good = write(tmp_path / "ledger.jsonl", EXPORT.export())
    for words in (
        [tmp_path / "nowhere"],
        [tmp_path / "other.sqlite3"],
        [good, "--witness", tmp_path / "nowhere"],
        [good, "--witness", empty],
        [good, "--key", "zz"],
        ["postgresql+asyncpg://nobody@127.0.0.1:1/none"],
    ):
        code, said = call(*words)
        assert code == NOT_READ, (words, said)
        assert "Traceback" not in said and said.strip()


def test_without_a_source_the_settings_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPATCH__DATA_FOLDER", str(tmp_path / "var"))
    code, said = call()
    assert code == NOT_READ and "cannot be read" in said


def proof_of(index: int) -> dict[str, Any]:
    """As the API answers."""
    head, line = EXPORT.heads[-1], EXPORT.lines[index]
    value = read(line)
    entry = {
        **{name: value[name] for name in (*COLUMNS, "index", "detail") if name != "identity"},
        "id": value["identity"],
    }
    leaves = [leaf_hash(one) for one in EXPORT.lines]
    steps = []
    for span in inclusion_spans(index, head.size):
        frontier = Frontier()
        for leaf in leaves[span.begin : span.end]:
            frontier.push(leaf)
        steps.append(frontier.root().hex())
    return {"entry": entry, "line": line.decode(), "proof": steps, "head": head.form()}


def test_the_proof_of_one_act_is_verified_alone(tmp_path: Path) -> None:
    file, held = tmp_path / "proof.json", write(tmp_path / "h", canonical(EXPORT.heads[-1].form()) + b"\n")
    for index in range(12):
        file.write_text(json.dumps(proof_of(index), indent=1))
        code, said = call(file, "--key", SIGNER.key.hex(), "-w", held)
        assert code == 0 and f"Act {index} is in the ledger of 12 acts" in said
    assert call(file, "--key", STRANGER.key.hex())[0] == NOT_WHOLE
    other = made(12, (), STRANGER).heads[-1]
    fork = write(tmp_path / "f", canonical(SIGNER.head(other.log_id, 9, 12, b"x" * 32, 1).form()) + b"\n")
    assert call(file, "-w", fork)[0] == NOT_WHOLE


def test_no_changed_proof_is_believed(tmp_path: Path) -> None:
    file, good = tmp_path / "proof.json", proof_of(7)
    changes: list[dict[str, Any]] = [
        {"line": good["line"].replace("复核", "闲看")},
        {"line": proof_of(6)["line"]},
        {"entry": {**good["entry"], "actor": "person:other"}},
        {"entry": {}},
        {"proof": good["proof"][:-1]},
        {"proof": ["zz"]},
        {"proof": None},
        {"head": EXPORT.heads[0].form()},
        {"head": {**good["head"], "size": 13}},
        {"line": 5},
    ]
    for change in changes:
        file.write_text(json.dumps({**good, **change}))
        assert call(file)[0] == NOT_WHOLE, change
