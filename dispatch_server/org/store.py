"""The organisation in the database. Who writes holds its one revision, so that rules are checked against what is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.kit.scope import Scope
from dispatch_server.org import tables
from dispatch_server.org.model import Change, EnforcementItem, Officer, Organisation
from dispatch_server.org.refusals import VersionOutdated
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope


@dataclass(frozen=True, slots=True)
class OfficerQuery:
    """By certificate. `department`: the subtree that was asked for; `after`: the last certificate that was listed."""

    scope: Scope
    limit: int
    department: str = ""
    after: str = ""
    with_closed: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    id: str
    utc_us: int
    name: str
    sha256: str
    content: bytes


class OrgStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def revision(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(tables.revisions.c.revision))).scalar_one())

    async def read(self) -> Organisation:
        async with self.database.reading() as connection:
            return await self.read_within(connection)

    async def lock(self, connection: AsyncConnection) -> int:
        """The present revision; other writers wait from here until this transaction ends."""
        asked = select(tables.revisions.c.revision).with_for_update()
        return int((await connection.execute(asked)).scalar_one())

    async def read_within(self, connection: AsyncConnection) -> Organisation:
        # The revision first: should more be committed meanwhile, then what is read counts as older, and is read again.
        revision = int((await connection.execute(select(tables.revisions.c.revision))).scalar_one())
        departments = [tables.department_of(row) for row in await connection.execute(select(tables.departments))]
        officers = [tables.officer_of(row) for row in await connection.execute(select(tables.officers))]
        items = [tables.item_of(dict(row._mapping)) for row in await connection.execute(select(tables.items))]
        given = [tables.delegation_of(row) for row in await connection.execute(select(tables.delegations))]
        return Organisation(
            revision,
            {one.path: one for one in departments},
            {one.id: one for one in officers},
            {one.code: one for one in items},
            {one.id: one for one in given},
        )

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change], revision: int) -> None:
        """Write them as this revision. Raises VersionOutdated when a thing is not as it was."""
        await connection.execute(update(tables.revisions).values(revision=revision))
        new: dict[str, list[dict[str, Any]]] = {}
        versions = []
        for change in changes:
            row = tables.row_of(change.after)
            if isinstance(change.after, EnforcementItem):
                content = json.dumps(row, ensure_ascii=False)
                versions.append({"code": change.after.code, "version": change.after.version, "content": content})
            if change.before is None:
                new.setdefault(change.kind, []).append(row)
                continue
            table, key = tables.TABLE_OF[change.kind]
            as_it_was = (key == change.before.key) & (table.c.version == change.before.version)
            if (await connection.execute(update(table).where(as_it_was).values(row))).rowcount != 1:
                raise VersionOutdated
        for kind, rows in new.items():
            await connection.execute(insert(tables.TABLE_OF[kind][0]), rows)
        if versions:
            await connection.execute(insert(tables.item_versions), versions)

    async def keep_import(self, connection: AsyncConnection, one: Imported, revision: int) -> None:
        row = {"id": one.id, "utc_us": one.utc_us, "revision": revision, "name": one.name[:200]}
        row |= {"sha256": one.sha256, "content": one.content}
        await connection.execute(insert(tables.imports).values(row))

    async def item_version(self, code: str, version: int) -> EnforcementItem | None:
        asked = select(tables.item_versions.c.content).where(
            tables.item_versions.c.code == code, tables.item_versions.c.version == version
        )
        async with self.database.reading() as connection:
            content = (await connection.execute(asked)).scalar_one_or_none()
        return tables.item_of(json.loads(content)) if content is not None else None

    async def officers(self, query: OfficerQuery) -> list[Officer]:
        column = tables.officers.c
        asked = select(tables.officers).where(in_scope(column.department, query.scope))
        if query.department:
            asked = asked.where(in_scope(column.department, Scope.of(query.department)))
        if not query.with_closed:
            asked = asked.where(column.closed_utc_us.is_(None))
        if query.after:
            asked = asked.where(column.certificate > query.after)
        asked = asked.order_by(column.certificate).limit(query.limit)
        async with self.database.reading() as connection:
            return [tables.officer_of(row) for row in await connection.execute(asked)]
