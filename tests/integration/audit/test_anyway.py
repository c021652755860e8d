"""What only takes rights away: its transaction goes on when the ledger takes no line, and the line is journalled."""

import pytest
from sqlalchemy import text

from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.acts import LedgerAway
from tests.integration.audit.rig import Node
from tests.waiting import until_async

CALLER = SystemCaller("test")


async def left(node: Node) -> int:
    async with node.database.reading() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM publish_keys"))).scalar_one())


async def test_a_transaction_outlives_a_ledger_that_takes_no_line(node: Node) -> None:
    recorder = Recorder(node.world, node.ledger)
    columns, values = "(id, source, label, digest, created_utc_us, created_by)", "('k', 'x', '', '', 1, 'x')"
    async with node.database.transaction() as connection:
        await connection.execute(text(f"INSERT INTO publish_keys {columns} VALUES {values}"))
        await connection.execute(text("ALTER TABLE acts RENAME TO acts_away"))
    with pytest.raises(LedgerAway):
        async with node.database.transaction() as connection:
            await connection.execute(text("DELETE FROM publish_keys"))
            await recorder.enter(CALLER, "publish_key.revoke", connection=connection)
    assert await left(node) == 1
    async with node.database.transaction() as connection:
        await connection.execute(text("DELETE FROM publish_keys"))
        await recorder.enter_anyway(CALLER, "publish_key.revoke", connection=connection)
    assert await left(node) == 0
    async with node.database.transaction() as connection:
        await connection.execute(text("ALTER TABLE acts_away RENAME TO acts"))

    async def folded() -> bool:
        return any(b'"publish_key.revoke"' in line for line in await node.lines())

    await until_async(folded)
