"""The versions of the list of recording steps: an enforcement is judged by that of its day."""

from dataclasses import dataclass, field

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.enforcement import tables
from dispatch_server.enforcement.refusals import StepListWrong
from dispatch_server.enforcement.step_file import content_of, read_content
from dispatch_server.enforcement.steps import StepList
from dispatch_server.runtime.database import Database


@dataclass(slots=True)
class StepLists:
    """`current`: what this node's file says now."""

    database: Database
    current: StepList
    most: int
    _known: dict[str, StepList] = field(default_factory=dict)

    async def keep_current(self, utc_us: int) -> None:
        """Before the first enforcement is opened under it."""
        async with self.database.transaction() as connection:
            table = tables.lists
            asked = select(table.c.digest).where(table.c.digest == self.current.digest)
            if (await connection.execute(asked)).first() is None:
                row = {"digest": self.current.digest, "content": content_of(self.current), "since_utc_us": utc_us}
                await connection.execute(insert(table), [row])

    async def of(self, digest: str, connection: AsyncConnection | None = None) -> StepList:
        """Within a transaction, or by itself. Raises StepListWrong for one that was never kept."""
        if digest == self.current.digest:
            return self.current
        if digest not in self._known:
            if connection is None:
                async with self.database.reading() as reading:
                    found = await _read(reading, digest)
            else:
                found = await _read(connection, digest)
            self._known[digest] = found
            while len(self._known) > self.most:
                del self._known[next(iter(self._known))]
        return self._known[digest]


async def _read(connection: AsyncConnection, digest: str) -> StepList:
    asked = select(tables.lists.c.content).where(tables.lists.c.digest == digest)
    text = (await connection.execute(asked)).scalar_one_or_none()
    if text is None:
        raise StepListWrong([f"the list {digest} is not kept"])
    return read_content(text)
