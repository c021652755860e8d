"""The ledger on both databases: lines in one order, in the transaction of their act, never changed afterwards."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from dispatch_server.audit.canonical import read
from dispatch_server.audit.sources import Outside, examine
from dispatch_server.audit.tree import Frontier, inclusion_spans, leaf_hash, proves_inclusion
from dispatch_server.kit.acts import LedgerAway
from tests.integration.audit.rig import Node, sqlite_url


async def check_tree(node: Node) -> list[str]:
    """The actions in their order, when the tree is that of the lines."""
    lines = await node.lines()
    frontier = Frontier()
    for line in lines:
        frontier.push(leaf_hash(line))
    async with node.database.reading() as connection:
        state = await node.room.store.state(connection)
        assert await node.room.store.root_at(connection, len(lines)) == frontier.root()
    assert (state.frontier.size, state.frontier.root()) == (len(lines), frontier.root())
    values = [read(line) for line in lines]
    assert [value["index"] for value in values] == list(range(len(lines)))
    return [value["action"] for value in values]


async def test_an_act_stands_when_enter_returns(node: Node) -> None:
    await node.ledger.enter(node.act("a"))
    await node.ledger.enter(node.act("b"))
    assert await check_tree(node) == ["a", "b"]


async def test_an_act_stands_or_falls_with_its_change(node: Node) -> None:
    async with node.database.transaction() as connection:
        await node.ledger.enter(node.act("kept"), connection)
    with pytest.raises(RuntimeError, match="no"):
        async with node.database.transaction() as connection:
            await node.ledger.enter(node.act("gone"), connection)
            raise RuntimeError("no")
    assert await check_tree(node) == ["kept"]


async def test_hundreds_at_once_share_transactions_and_none_is_lost(node: Node) -> None:
    await asyncio.gather(*(node.ledger.enter(node.act(str(number))) for number in range(600)))
    found = await check_tree(node)
    assert sorted(found) == sorted(str(number) for number in range(600))


async def test_two_nodes_write_one_ledger(url: str, data_folder: Path) -> None:
    async with (
        Node(url, data_folder, seed=1).opened() as first,
        Node(url, data_folder / "b", seed=2).opened() as second,
    ):

        async def changes(node: Node, name: str) -> None:
            for number in range(30):
                async with node.database.transaction() as connection:
                    await node.ledger.enter(node.act(f"{name}{number}"), connection)
                await node.ledger.enter(node.act(f"{name}alone{number}"))

        await asyncio.gather(changes(first, "a"), changes(second, "b"))
        found = await check_tree(first)
        assert len(found) == len(set(found)) == 120
        mine = [action for action in found if action.startswith("a") and "alone" not in action]
        assert mine == [f"a{number}" for number in range(30)]


async def test_whatever_stands_in_an_act_it_can_be_written(node: Node) -> None:
    odd = node.act(
        "x" * 500,
        actor_name="\x00\ud800" + "名" * 300,
        subject="y" * 999,
        detail={"n": 2**70, "t": "z" * 9999, "b": True},
    )
    await node.ledger.enter(odd)
    (line,) = await node.lines()
    value = read(line)
    assert value["actor_name"].startswith("\ufffd?名") and len(value["actor_name"]) == 100
    assert value["detail"] == {"n": str(2**70), "t": "z" * 400, "b": True}


async def test_the_database_itself_refuses_to_change_or_remove_lines(node: Node) -> None:
    await node.ledger.enter(node.act())
    await node.room.heads.sign()
    for statement in (
        "UPDATE acts SET actor_name = 'x'",
        "DELETE FROM acts",
        "UPDATE ledger_heads SET size = 0",
        "DELETE FROM ledger_heads",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with node.database.transaction() as connection:
                await connection.execute(text(statement))
    assert len(await node.lines()) == 1


async def test_proofs_over_kept_nodes_are_those_of_the_leaves(node: Node) -> None:
    async with node.database.transaction() as connection:
        await node.room.store.append(connection, [node.act(str(number)) for number in range(1300)])
    lines = await node.lines()
    async with node.database.reading() as connection:
        for size in (1, 255, 256, 257, 1024, 1300):
            root = await node.room.store.root_at(connection, size)
            for index in {0, size // 2, size - 1}:
                proof = await node.room.store.hashes(connection, inclusion_spans(index, size))
                assert proves_inclusion(index, size, leaf_hash(lines[index]), proof, root)


async def test_an_act_that_is_there_already_takes_no_other_along(node: Node) -> None:
    twice = node.act("twice")
    await node.ledger.enter(twice)
    results = await asyncio.gather(
        node.ledger.enter(twice), node.ledger.enter(node.act("other")), return_exceptions=True
    )
    assert isinstance(results[0], LedgerAway) and results[1] is None
    assert await check_tree(node) == ["twice", "other"]


async def test_before_it_is_open_and_after_it_is_closed_nothing_is_done(url: str, data_folder: Path) -> None:
    node = Node(url, data_folder)
    with pytest.raises(LedgerAway):
        await node.ledger.enter(node.act())
    async with node.opened():
        await node.ledger.enter(node.act())
    with pytest.raises(LedgerAway):
        await node.ledger.enter(node.act())


async def test_whoever_passes_over_the_refusal_changes_nothing(node: Node) -> None:
    twice = node.act("twice")
    await node.ledger.enter(twice)
    with pytest.raises(InvalidRequestError):
        async with node.database.transaction() as connection:
            await connection.execute(text("UPDATE ledger_state SET heads = 77"))
            with pytest.raises(LedgerAway):
                await node.ledger.enter(twice, connection)
            await connection.execute(text("SELECT 1"))
    async with node.database.reading() as connection:
        assert (await node.room.store.state(connection)).heads != 77


async def test_a_ledger_is_verified_while_it_grows(data_folder: Path) -> None:
    url = sqlite_url(data_folder)
    async with Node(url, data_folder).opened() as node:

        async def grow() -> None:
            for number in range(150):
                await asyncio.gather(*(node.ledger.enter(node.act(str(number + more))) for more in range(3)))
                if number % 20 == 0:
                    await node.room.heads.sign()

        growing, reports = asyncio.create_task(grow()), []
        while not growing.done():
            reports.append(await asyncio.to_thread(examine, data_folder / "dispatch.sqlite3", Outside()))
        await growing
    assert len(reports) > 2 and {report.bad for report in reports} == {0}
    assert len({report.acts for report in reports}) > 1
