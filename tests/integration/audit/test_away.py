"""B1: a ledger that cannot be written refuses in time and skips nothing; the journal goes on and is folded in."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch_server.audit.assembly import Bounds
from dispatch_server.audit.canonical import read
from dispatch_server.audit.limits import JournalLimits, LedgerLimits
from dispatch_server.audit.sources import Outside, examine
from dispatch_server.kit.acts import LedgerAway
from tests.integration.audit.rig import Node, sqlite_url
from tests.waiting import until_async

WAIT_S = 1.0


@pytest.fixture
def away(data_folder: Path) -> Node:
    bounds = Bounds(LedgerLimits(wait_s=0.5, queue=50), JournalLimits(queue=200, bytes=100_000))
    return Node(sqlite_url(data_folder), data_folder, wait_s=WAIT_S, bounds=bounds)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process holds the database."""
    other = sqlite3.connect(folder / "dispatch.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def actions(node: Node) -> list[str]:
    return [read(line)["action"] for line in await node.lines()]


async def refusal(node: Node, action: str) -> float:
    """Seconds until the refusal."""
    begun = time.monotonic()
    with pytest.raises(LedgerAway):
        await node.ledger.enter(node.act(action))
    return time.monotonic() - begun


async def test_a_locked_ledger_refuses_in_time_and_skips_nothing(away: Node, data_folder: Path) -> None:
    async with away.opened():
        await away.ledger.enter(away.act("before"))
        with locked(data_folder):
            took = await asyncio.gather(*(refusal(away, f"during{number}") for number in range(80)))
            assert max(took) < WAIT_S + 0.5 + 2.0  # its own deadline, the database's, and a busy machine
            assert "not_writable" in away.room.alarms.standing()
        await away.ledger.enter(away.act("after"))
        assert await actions(away) == ["before", "after"]
        await until_async(lambda: away.room.alarms.standing() == [])
        assert away.ledger.refused == 80


async def test_the_journal_goes_on_and_is_folded_in_its_order(away: Node, data_folder: Path) -> None:
    async with away.opened():
        with locked(data_folder):
            await refusal(away, "refused")
            for number in range(120):
                away.ledger.journal(away.act(f"sos{number}"))
            await until_async(lambda: away.room.journal.waiting == 0, what="the journal is synced while it is locked")
            assert away.room.journal.bytes_kept() > 0
            assert await actions(away) == []
        await until_async(lambda: away.room.journal.bytes_kept() == 0, 20, "the journal is folded in")
        assert await actions(away) == [f"sos{number}" for number in range(120)]


async def test_what_a_killed_server_left_is_folded_in_once(away: Node, data_folder: Path) -> None:
    journal = away.room.journal
    left = [away.act(f"left{number}") for number in range(5)]
    journal.open()
    for act in left:
        journal.add(act)
    journal.flush()
    journal.switch()
    for act in [*left[3:], away.act("more")]:  # as after a fold that was cut off
        journal.add(act)
    journal.flush()
    (file,) = (path for path in (data_folder / "ledger" / "journal").iterdir() if path.stem == "00000002")
    file.write_bytes(file.read_bytes() + b"\xa7ACT\x00\x00\x00\x10torn")
    async with Node(sqlite_url(data_folder), data_folder, seed=2).opened() as node:
        await until_async(lambda: node.room.journal.bytes_kept() == 0, what="the journal is folded in")
        assert await actions(node) == ["left0", "left1", "left2", "left3", "left4", "more", "ledger.journal_damaged"]
    assert examine(data_folder / "dispatch.sqlite3", Outside()).is_good


async def test_what_finds_no_room_is_counted_and_told(away: Node, data_folder: Path) -> None:
    async with away.opened():
        with locked(data_folder):
            for _ in range(40):
                for number in range(50):
                    away.ledger.journal(replace(away.act(str(number)), subject="s" * 200))
                await asyncio.sleep(0.03)  # so that some of it is synced
            assert away.room.journal.lost > 0
            assert away.room.journal.bytes_kept() < 100_000 + 200 * 1500
            lost = away.room.journal.lost
            await until_async(lambda: "journal_not_writable" in away.room.alarms.standing())
        journal = away.room.journal
        await until_async(lambda: not (journal.waiting or journal.lost or journal.bytes_kept()), 20)
        (told,) = [value for value in map(read, await away.lines()) if value["action"] == "ledger.acts_lost"]
        assert told["detail"] == {"count": lost}
        assert len(await away.lines()) == 40 * 50 - lost + 1


async def test_who_went_away_while_waiting_is_not_entered(away: Node, data_folder: Path) -> None:
    async with away.opened():
        with locked(data_folder):
            first = asyncio.ensure_future(away.ledger.enter(away.act("first")))
            await asyncio.sleep(0.05)
            second = asyncio.ensure_future(away.ledger.enter(away.act("second")))
            await asyncio.sleep(0)
            second.cancel()
        await first
        await away.ledger.enter(away.act("third"))
        assert await actions(away) == ["first", "third"]


async def test_a_folder_that_takes_no_journal_keeps_the_acts_in_memory_until_it_does(
    away: Node, data_folder: Path
) -> None:
    async with away.opened():
        folder = data_folder / "ledger" / "journal"
        folder.rmdir()
        folder.write_text("in the way")
        away.ledger.journal(away.act("sos"))
        await until_async(lambda: "journal_not_writable" in away.room.alarms.standing())
        folder.unlink()
        folder.mkdir()
        await until_async(lambda: away.room.journal.waiting == 0)
        assert await until_async(lambda: actions(away)) == ["sos"]
