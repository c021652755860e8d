"""Holds and destruction lists at home, for the matrix."""

from dispatch_server.archive.retention.hold_store import HoldStore
from dispatch_server.archive.retention.list_store import ListStore
from dispatch_server.archive.retention.model import DestructionList, Hold, Item, Person
from tests.integration.matrix.server import Whole

NOBODY = Person("nobody", "无")


async def hold(whole: Whole, recording_id: str, department: str) -> str:
    store, made = HoldStore(whole.wiring.database), Hold(whole.new_id(), "复议", NOBODY, 1, None, recordings=1)
    async with store.writing() as connection:
        await store.add(connection, made, [(recording_id, department)])
    return made.id


async def destruction(whole: Whole, recording_id: str, department: str) -> str:
    store, made = ListStore(whole.wiring.database), DestructionList(whole.new_id(), department, NOBODY, 1, "x", "")
    item = Item(made.id, recording_id, department, "T1301", 1, 1, "unlinked", 1)
    async with whole.wiring.database.transaction() as connection:
        await store.add(connection, made, [item])
    return made.id
