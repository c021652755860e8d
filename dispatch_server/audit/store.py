"""The ledger in the database: acts, the nodes above them, signed heads, and one row that all who append wait for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.audit.model import COLUMNS, LENGTHS, SignedHead, fitted, line_of
from dispatch_server.audit.tree import KEPT_LEVEL, Frontier, Span, cover, fold, leaf_hash
from dispatch_server.kit.acts import Act
from dispatch_server.runtime.database import METADATA, Database

THE_ROW = 1

acts = Table(
    "acts",
    METADATA,
    Column("leaf_index", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("line", LargeBinary, nullable=False),  # the canonical bytes: this is the act, the rest repeats it
    *(Column(name, String(length), nullable=False, unique=name == "identity") for name, length in LENGTHS.items()),
    Column("utc_us", BigInteger, nullable=False),
    Column("outcome", String(16), nullable=False),
    Index("ix_acts_utc_us", "utc_us"),
    Index("ix_acts_actor_leaf_index", "actor", "leaf_index"),
    Index("ix_acts_subject_leaf_index", "subject", "leaf_index"),
    Index("ix_acts_action_leaf_index", "action", "leaf_index"),
)
nodes = Table(
    "ledger_nodes",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("node_index", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
)
heads = Table(
    "ledger_heads",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("log_id", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("utc_us", BigInteger, nullable=False),
    Column("key", LargeBinary(32), nullable=False),
    Column("signature", LargeBinary(64), nullable=False),
)
state = Table(
    "ledger_state",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log_id", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("heads", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class State:
    """The row that is locked by whoever appends or signs."""

    log_id: str
    frontier: Frontier
    heads: int


class LedgerStore:
    """What takes a connection runs in the transaction of the one who gives it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def name_log(self, log_id: str) -> None:
        """Once in the life of a ledger; afterwards it does nothing."""
        unnamed = and_(state.c.id == THE_ROW, state.c.log_id == "")
        async with self.database.transaction() as connection:
            await connection.execute(update(state).where(unnamed).values(log_id=log_id))

    async def state(self, connection: AsyncConnection, *, locked: bool = False) -> State:
        """`locked`: until the transaction ends nobody else appends or signs (SQLite has one writer anyway)."""
        asked = select(state).where(state.c.id == THE_ROW)
        row = (await connection.execute(asked.with_for_update() if locked else asked)).one()
        return State(row.log_id, Frontier.read(row.size, row.frontier), row.heads)

    async def append(self, connection: AsyncConnection, new: Sequence[Act]) -> int:
        """Acts, in this order, behind all others; the size of the tree with them."""
        frontier = (await self.state(connection, locked=True)).frontier
        rows, made = [], []
        for act in map(fitted, new):
            line = line_of(frontier.size, act)
            leaf = leaf_hash(line)
            rows.append(_row(frontier.size, leaf, line, act))
            made += [node for node in frontier.push(leaf) if node.level >= KEPT_LEVEL]
        await connection.execute(insert(acts), rows)
        if made:
            kept = [{"level": node.level, "node_index": node.place, "hash": node.hash} for node in made]
            await connection.execute(insert(nodes), kept)
        grown = {"size": frontier.size, "frontier": frontier.joined()}
        await connection.execute(update(state).where(state.c.id == THE_ROW).values(grown))
        return frontier.size

    async def known(self, connection: AsyncConnection, identities: Iterable[str]) -> set[str]:
        """Which of these acts are in the ledger already."""
        found = await connection.execute(select(acts.c.identity).where(acts.c.identity.in_(list(identities))))
        return {row.identity for row in found}

    async def add_head(self, connection: AsyncConnection, head: SignedHead) -> None:
        row = {name: getattr(head, name) for name in heads.columns.keys()}  # noqa: SIM118, a list of columns
        await connection.execute(insert(heads).values(row))
        await connection.execute(update(state).where(state.c.id == THE_ROW).values(heads=head.number))

    async def newest_head(self, connection: AsyncConnection) -> SignedHead | None:
        found = await connection.execute(select(heads).order_by(heads.c.number.desc()).limit(1))
        row = found.one_or_none()
        return None if row is None else head_of(row)

    async def has_signed(self, connection: AsyncConnection, key: bytes) -> bool:
        found = await connection.execute(select(heads.c.number).where(heads.c.key == key).limit(1))
        return found.one_or_none() is not None

    async def heads(self, connection: AsyncConnection, after: int, limit: int) -> list[SignedHead]:
        asked = select(heads).where(heads.c.number > after).order_by(heads.c.number).limit(limit)
        return [head_of(row) for row in await connection.execute(asked)]

    async def lines(self, connection: AsyncConnection, begin: int, end: int) -> list[bytes]:
        within = and_(acts.c.leaf_index >= begin, acts.c.leaf_index < end)
        asked = select(acts.c.line).where(within).order_by(acts.c.leaf_index)
        return [row.line for row in await connection.execute(asked)]

    async def hashes(self, connection: AsyncConnection, spans: Sequence[Span]) -> list[bytes]:
        """The hash over each span; all of them must lie in the tree."""
        wanted = {part for span in spans for part in cover(span)}
        high = [part for part in wanted if part[0] >= KEPT_LEVEL]
        found = await self._kept(connection, high)
        for level, index in wanted - set(high):
            found[level, index] = await self._from_leaves(connection, level, index)
        return [fold([found[part] for part in cover(span)]) for span in spans]

    async def root_at(self, connection: AsyncConnection, size: int) -> bytes:
        """The root of the tree when it had this size."""
        return (await self.hashes(connection, [Span(0, size)]))[0]

    async def _kept(self, connection: AsyncConnection, wanted: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        if not wanted:
            return {}
        same = or_(*(and_(nodes.c.level == level, nodes.c.node_index == index) for level, index in wanted))
        return {(row.level, row.node_index): row.hash for row in await connection.execute(select(nodes).where(same))}

    async def _from_leaves(self, connection: AsyncConnection, level: int, index: int) -> bytes:
        begin, end = index << level, (index + 1) << level
        within = and_(acts.c.leaf_index >= begin, acts.c.leaf_index < end)
        frontier = Frontier()
        for row in await connection.execute(select(acts.c.leaf).where(within).order_by(acts.c.leaf_index)):
            frontier.push(row.leaf)
        return frontier.root()


def _row(index: int, leaf: bytes, line: bytes, act: Act) -> dict[str, Any]:
    row = {name: getattr(act, name) for name in COLUMNS}
    return {**row, "outcome": act.outcome.value, "leaf_index": index, "leaf": leaf, "line": line}


def head_of(row: Row[Any]) -> SignedHead:
    return SignedHead(row.log_id, row.number, row.size, row.root, row.utc_us, row.key, row.signature)
