"""A backup that is made while others write comes back whole, or is refused whole."""

import asyncio
import hashlib
import json
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from dispatch_server.kit.errors import DispatchError
from dispatch_server.ops.backup import Backup, BackupRefused, backups_in
from dispatch_server.ops.daily import DailyBackup
from dispatch_server.ops.escrow import Escrow, EscrowRefused, keys_in_use
from dispatch_server.ops.keeping import look_at_backup
from dispatch_server.ops.manifest import BackupDamaged, verified
from dispatch_server.ops.preflight import ServeRefused, refuse_unsafe
from dispatch_server.ops.restore import MARK, RestoreRefused, restore
from dispatch_server.ops.shares import Share
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import BackupSettings
from tests.integration.ops.stored_node import TOKEN, Node
from tests.waiting import until, until_async


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path / "old")


async def test_everything_comes_back(node: Node, tmp_path: Path) -> None:
    shares = node.fill()
    await node.write(50)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups", with_media=True)
    new = Node(tmp_path / "new")
    restored = await asyncio.to_thread(restore, folder, new.settings, World(), shares)
    assert await new.rows() == await node.rows()
    assert keys_in_use(new.data) == keys_in_use(node.data)
    for name in ("archive/2026/11/25/one/000001.mp4", "archive/2026/11/25/one/closed.json", "objects/attachment"):
        assert (new.data / name).read_bytes() == (node.data / name).read_bytes()
    assert (new.data / "journal" / "1.log").read_bytes() == b"journal"
    assert restored.settings_file is not None and TOKEN in restored.settings_file.read_text()
    assert not (new.data / MARK).exists()
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.data.rglob("*"))
    # The shares of then open what the new machine seals.
    assert Escrow(new.data, World()).drill(new.data / "escrow" / "keys.sealed", *shares).passed


async def test_nothing_secret_is_in_it_in_the_clear(node: Node, tmp_path: Path) -> None:
    node.fill()
    await node.write(1)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
    secrets = [*(data for name, data in keys_in_use(node.data).items() if not name.endswith(".crt")), TOKEN.encode()]
    content = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [path for path, data in content.items() for secret in secrets if secret in data] == []
    assert any(TOKEN.encode() in data for data in [node.file.read_bytes()])  # so that it would have been found
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.iterdir()])


async def test_without_media_there_is_the_list_of_recordings(node: Node, tmp_path: Path) -> None:
    node.fill()
    await node.write(1)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
    (line,) = (folder / "recordings.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "folder": "2026/11/25/one",
        "files": 2,
        "bytes": 7002,
        "closed_sha256": hashlib.sha256(b"{}").hexdigest(),
    }
    assert not (folder / "media").exists()
    assert not [path for path in folder.rglob("*") if path.name == "ballast"]


async def test_a_copy_during_writes_is_of_one_moment(node: Node, tmp_path: Path) -> None:
    """Two tables are written together, always: a copy with one of the two would be torn."""
    node.fill()
    await node.write(1)
    file = node.data / "dispatch.sqlite3"
    ending = threading.Event()
    written = 0

    def keep_writing() -> None:
        nonlocal written
        with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as connection:
            while not ending.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO one VALUES (?)", (written,))
                connection.execute("INSERT INTO two VALUES (?, randomblob(3000))", (written,))
                connection.execute("COMMIT")
                written += 1

    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE one (n INTEGER)")
        connection.execute("CREATE TABLE two (n INTEGER, filler BLOB)")
    thread = threading.Thread(target=keep_writing)
    thread.start()
    try:
        until(lambda: is_torn(file), 20, "a copy table by table, which is torn")
        folders = [await asyncio.to_thread(node.backup, tmp_path / "backups") for _ in range(5)]
    finally:
        ending.set()
        thread.join()
    counts = []
    for folder in folders:
        with closing(sqlite3.connect(folder / "database.sqlite3")) as connection:
            one, two = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("one", "two"))
        assert one == two
        counts.append(one)
    assert counts == sorted(counts) and 0 < counts[-1] <= written
    assert len(set(counts)) > 1  # it was written to between them


def is_torn(file: Path) -> bool:
    """What two questions, one after the other, see of tables that are always written together."""
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        one, two = (connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("one", "two"))
    return bool(one != two)


async def test_any_damage_is_found_before_anything_is_written(node: Node, tmp_path: Path) -> None:
    shares = node.fill()
    await node.write(1)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups", with_media=True)
    new = Node(tmp_path / "new")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        good = path.read_bytes()
        for bad in (good[1:], bytes([good[0] ^ 1]) + good[1:] if good else b"x", None):
            path.unlink()
            if bad is not None and bad != good:
                path.write_bytes(bad)
            elif bad is not None:
                path.write_bytes(good + b"x")
            with pytest.raises(BackupDamaged):
                restore(folder, new.settings, World(), shares)
        path.write_bytes(good)
    (folder / "more").write_text("planted")
    with pytest.raises(BackupDamaged, match="more"):
        restore(folder, new.settings, World(), shares)
    (folder / "more").unlink()
    assert not new.data.exists()
    verified(folder)


async def test_a_wrong_share_leaves_nothing_behind(node: Node, tmp_path: Path) -> None:
    one, _ = node.fill()
    await node.write(1)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
    new = Node(tmp_path / "new")
    with pytest.raises(EscrowRefused):
        restore(folder, new.settings, World(), (one, Share(2, one.copy, bytes(32))))
    assert not new.data.exists()


async def test_never_over_something(node: Node, tmp_path: Path) -> None:
    shares = node.fill()
    await node.write(3)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
    with pytest.raises(RestoreRefused, match="not empty"):
        restore(folder, node.settings, World(), shares)
    assert len(await node.rows()) == 3


async def test_a_restore_that_was_cut_off_does_not_serve(node: Node, tmp_path: Path) -> None:
    shares = node.fill()
    await node.write(1)
    folder = await asyncio.to_thread(node.backup, tmp_path / "backups")
    new = Node(tmp_path / "new")

    class PowerCut(World):
        def chance(self, count: int) -> bytes:
            raise OSError("power cut")

    with pytest.raises(OSError, match="power cut"):
        restore(folder, new.settings, PowerCut(), shares)
    with pytest.raises(ServeRefused, match="restore"):
        refuse_unsafe(new.settings)
    with pytest.raises(RestoreRefused):
        restore(folder, new.settings, World(), shares)


async def test_without_shares_the_keys_are_left_out_and_it_is_said(node: Node, tmp_path: Path) -> None:
    node.fill()
    for path in (node.data / "escrow").iterdir():
        path.unlink()
    await node.write(1)
    made = await asyncio.to_thread(Backup(node.settings, node.world).make, tmp_path / "backups", keep=1)
    assert "NOT in this backup" in made.warnings[0]
    assert not made.manifest.with_keys
    new = Node(tmp_path / "new")
    assert restore(made.folder, new.settings, World(), None).keys == ()


async def test_the_oldest_go(node: Node, tmp_path: Path) -> None:
    node.fill()
    await node.write(1)
    folders = [await asyncio.to_thread(node.backup, tmp_path / "backups", keep=2) for _ in range(4)]
    assert backups_in(tmp_path / "backups") == [folders[3], folders[2]]


async def test_a_failure_leaves_the_others_alone(node: Node, tmp_path: Path) -> None:
    node.fill()
    await node.write(1)
    good = await asyncio.to_thread(node.backup, tmp_path / "backups", keep=1)
    (node.data / "dispatch.sqlite3").write_bytes(b"nonsense" * 1000)
    with pytest.raises(DispatchError):
        await asyncio.to_thread(node.backup, tmp_path / "backups", keep=1)
    assert list((tmp_path / "backups").iterdir()) == [good]


def test_not_into_the_data_folder_and_not_without_a_database(node: Node, tmp_path: Path) -> None:
    node.fill()
    with pytest.raises(BackupRefused, match="data folder"):
        node.backup(node.data / "backups")
    with pytest.raises(BackupRefused, match="no database"):
        node.backup(tmp_path / "backups")


async def test_the_daily_one_makes_up_for_a_day_that_was_missed(node: Node, tmp_path: Path) -> None:
    node.fill()
    await node.write(1)
    chosen = BackupSettings(folder=str(tmp_path / "backups"), keep=1)
    settings = node.settings.model_copy(update={"backup": chosen})
    threads = Threads(settings.threads, Counters())
    async with threads.opened():
        for expected in (1, 0):  # the second start finds one of today
            daily = DailyBackup(settings, threads, node.world)
            task = asyncio.create_task(daily.run())
            await until_async(lambda daily=daily: daily.newest_utc_us > 0, 20)
            task.cancel()
            found = {(reading.name, *reading.labels.values()): reading.value for reading in daily.readings()}
            assert (found["backups", "made"], found["backup_alarm",]) == (expected, 0)
        assert not [finding for finding in look_at_backup(settings, node.world) if finding.cure]
        node.world.advance(27 * 3600)
        assert [finding.verdict for finding in look_at_backup(settings, node.world)] == ["MEND"]
    assert len(backups_in(tmp_path / "backups")) == 1


def test_the_sum_is_one_that_coreutils_check(node: Node, tmp_path: Path) -> None:
    node.fill()
    asyncio.run(node.write(1))
    folder = node.backup(tmp_path / "backups")
    done = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
