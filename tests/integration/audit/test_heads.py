"""Heads on a clock that the test moves: every minute, every thousand acts, and a ledger that is not what it was."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch_server.audit.canonical import read
from dispatch_server.audit.heads import ANCHOR_MISSING, DISAGREES, KEY_CHANGED, THIS_NODE, Verdict
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.signing import Signer, holds
from tests.integration.audit.rig import Node, sqlite_url
from tests.waiting import until_async


async def fill(node: Node, count: int) -> None:
    async with node.database.transaction() as connection:
        await node.room.store.append(connection, [node.act(number=number) for number in range(count)])


async def heads_of(node: Node) -> list[SignedHead]:
    async with node.database.reading() as connection:
        return await node.room.store.heads(connection, 0, 100)


async def first_head(node: Node) -> SignedHead:
    head = await until_async(node.room.heads.newest, what="the head of the start")
    assert holds(head)
    return head


async def test_a_head_is_signed_each_minute_and_each_thousand_acts(node: Node) -> None:
    first = await first_head(node)
    heads = node.room.heads
    await heads.tick()
    assert heads.newest() == first
    node.world.advance(59)
    await fill(node, 999)
    await heads.tick()
    assert heads.newest() == first
    node.world.advance(1)
    await heads.tick()
    minute = heads.newest()
    assert minute is not None and (minute.number, minute.size) == (2, 999)
    await fill(node, 1000)
    await heads.tick()
    thousand = heads.newest()
    assert thousand is not None and (thousand.number, thousand.size) == (3, 1999)
    assert await heads_of(node) == [first, minute, thousand]
    node.world.advance(60)
    await heads.tick()
    assert [head.size for head in await heads_of(node)] == [0, 999, 1999, 1999]


async def test_what_terminals_hold_is_compared(node: Node) -> None:
    await first_head(node)
    await fill(node, 700)
    heads = node.room.heads
    old = await heads.sign()
    await fill(node, 5)
    new = await heads.sign()
    assert await heads.held_by("T1301", old) is Verdict.AGREES
    assert await heads.compare(old) is await heads.compare(new) is Verdict.AGREES
    signer = node.room.signer
    assert signer is not None
    ahead = signer.head(old.log_id, 9, 800, old.root, old.utc_us)
    fork = signer.head(old.log_id, 9, 700, new.root, old.utc_us)
    elsewhere = signer.head("00" * 16, 9, 700, old.root, old.utc_us)
    forged = Signer(b"x" * 32).head(old.log_id, 9, 800, old.root, old.utc_us)
    assert await heads.held_by("T1302", ahead) is Verdict.SHORTER
    assert await heads.held_by("T1303", fork) is Verdict.FORKED
    assert await heads.held_by("T1304", elsewhere) is Verdict.OTHER_LOG
    assert node.room.alarms.counts[DISAGREES] == 3
    assert await heads.held_by("T1305", forged) is Verdict.NOT_OURS
    assert node.room.alarms.counts[DISAGREES] == 3
    assert heads.held["T1301"] is Verdict.AGREES


async def test_two_nodes_know_each_others_heads(url: str, data_folder: Path, tmp_path: Path) -> None:
    async with Node(url, data_folder, seed=1).opened() as one, Node(url, tmp_path / "b", seed=2).opened() as other:
        await first_head(one)
        head = await other.room.heads.sign()
        assert await one.room.heads.compare(head) is Verdict.AGREES


async def test_an_older_database_that_is_put_back_raises_an_alarm_at_once(data_folder: Path, tmp_path: Path) -> None:
    file = data_folder / "dispatch.sqlite3"
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        await node.ledger.enter(node.act())
    shutil.copy(file, tmp_path / "backup")
    async with Node(sqlite_url(data_folder), data_folder, seed=2).opened() as node:
        await node.ledger.enter(node.act())
        assert DISAGREES not in node.room.alarms.counts
    head = node.room.newest.remembered()
    for left in data_folder.glob("dispatch.sqlite3*"):
        left.unlink()
    shutil.copy(tmp_path / "backup", file)
    # Not forgotten at the next start either: the head that proves it stays, and the ledger itself tells of it.
    for seed in (3, 4):
        async with Node(sqlite_url(data_folder), data_folder, seed=seed).opened() as node:
            assert node.room.alarms.counts[DISAGREES] >= 1
            assert node.room.alarms.standing() == [DISAGREES]
            await node.room.heads.sign()
            assert node.room.newest.remembered() == head
            await until_async(lambda: is_told(node, f"ledger.{DISAGREES}"))


async def is_told(node: Node, action: str) -> bool:
    return any(read(line)["action"] == action for line in await node.lines())


async def test_another_key_does_not_hide_another_ledger(data_folder: Path) -> None:
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        await node.ledger.enter(node.act())
        await until_async(lambda: node.room.newest.remembered())
    for left in data_folder.glob("dispatch.sqlite3*"):
        left.unlink()
    (data_folder / "keys" / "ledger_key").unlink()
    async with Node(sqlite_url(data_folder), data_folder, seed=5).opened() as node:
        assert node.room.alarms.standing() == [DISAGREES, KEY_CHANGED]
        assert node.room.heads.held[THIS_NODE] is Verdict.OTHER_LOG


async def test_a_head_that_was_taken_away_is_missed(data_folder: Path) -> None:
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        assert node.room.alarms.standing() == []
        await first_head(node)
    (data_folder / "ledger" / "newest-head.json").unlink()
    async with Node(sqlite_url(data_folder), data_folder, seed=2).opened() as node:
        assert node.room.alarms.standing() == [ANCHOR_MISSING]
        await until_async(lambda: is_told(node, f"ledger.{ANCHOR_MISSING}"))


async def test_the_last_head_covers_everything_and_is_remembered(data_folder: Path) -> None:
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        for number in range(5):
            await node.ledger.enter(node.act(number=number))
    head = node.room.heads.newest()
    assert head is not None and head.size == 5 and node.room.newest.remembered() == head


async def test_a_line_that_is_changed_under_a_running_server_raises_an_alarm_at_the_next_head(
    data_folder: Path,
) -> None:
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        await fill(node, 20)
        await node.room.heads.sign()
        await node.room.heads.sign()
        assert DISAGREES not in node.room.alarms.counts
        async with node.database.transaction() as connection:
            await connection.execute(text("DROP TRIGGER acts_no_update"))
            await connection.execute(text("UPDATE acts SET leaf = zeroblob(32) WHERE leaf_index = 3"))
        node.world.advance(60)
        await node.room.heads.tick()
        assert node.room.alarms.counts[DISAGREES] == 1


async def test_without_a_database_the_alarm_stands_until_it_is_back(data_folder: Path) -> None:
    node = Node(sqlite_url(data_folder), data_folder)
    async with node.opened():
        head = await first_head(node)
    node.world.advance(100)
    await node.room.heads.tick()
    assert "head_not_signed" in node.room.alarms.standing()
    async with node.opened():
        await until_async(lambda: "head_not_signed" not in node.room.alarms.standing())
        assert (await heads_of(node))[0] == head


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xff", b'{"form":"x"}\n'])
async def test_a_damaged_remembered_head_is_an_alarm_and_no_reason_to_stay_away(
    data_folder: Path, damage: bytes
) -> None:
    (data_folder / "ledger").mkdir()
    (data_folder / "ledger" / "newest-head.json").write_bytes(damage)
    async with Node(sqlite_url(data_folder), data_folder).opened() as node:
        assert "newest_head_damaged" in node.room.alarms.counts
        await node.ledger.enter(node.act())
