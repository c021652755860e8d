"""Questions to the ledger: who, what, when, about what, in which department, and how it ended; the newest first."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.audit.model import COLUMNS
from dispatch_server.audit.store import acts
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.scoping import in_scope

WHOLE_KIND = "."  # `recording.` means every action that begins so
_SHOWN = (acts.c.leaf_index, acts.c.line, *(acts.c[name] for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class Query:
    """`scope` is what the person may see, `department` the subtree that was asked for; `before`: an index."""

    limit: int
    scope: Scope
    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    outcome: str | None = None
    department: str | None = None
    from_utc_us: int | None = None
    to_utc_us: int | None = None
    before: int | None = None


async def search(connection: AsyncConnection, query: Query) -> list[Row[Any]]:
    """Rows with `leaf_index`, `line` and the columns."""
    asked = select(*_SHOWN).where(in_scope(acts.c.department, query.scope))
    if query.department is not None:
        asked = asked.where(in_scope(acts.c.department, Scope.of(query.department)))
    if query.action is not None and query.action.endswith(WHOLE_KIND):
        asked = asked.where(acts.c.action.startswith(query.action, autoescape=True))
    elif query.action is not None:
        asked = asked.where(acts.c.action == query.action)
    for column, value in (
        (acts.c.actor, query.actor),
        (acts.c.subject, query.subject),
        (acts.c.outcome, query.outcome),
    ):
        if value is not None:
            asked = asked.where(column == value)
    if query.from_utc_us is not None:
        asked = asked.where(acts.c.utc_us >= query.from_utc_us)
    if query.to_utc_us is not None:
        asked = asked.where(acts.c.utc_us < query.to_utc_us)
    if query.before is not None:
        asked = asked.where(acts.c.leaf_index < query.before)
    found = await connection.execute(asked.order_by(acts.c.leaf_index.desc()).limit(query.limit))
    return list(found)


async def line_at(connection: AsyncConnection, index: int) -> Row[Any] | None:
    return (await connection.execute(select(*_SHOWN).where(acts.c.leaf_index == index))).one_or_none()
