"""Enforcements in the database: one is read whole for a change, and written with it, all or nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.enforcement import rows, tables
from dispatch_server.enforcement.model import Course, Enforcement, Excuse, Mark, Pause, State, StepTaken
from dispatch_server.enforcement.refusals import IdTaken, TerminalBusy
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert


@dataclass(frozen=True, slots=True)
class Reach:
    """Who asks sees what lies in `scope`; a terminal only what it takes part in itself."""

    scope: Scope = COUNTY
    terminal: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What was taken under a key, and what was answered."""

    key: str
    digest: str
    state: State
    utc_us: int
    received_utc_us: int


@dataclass(frozen=True, slots=True)
class Query:
    """Newest opened first. `scope`: what the person may see; `department`: the subtree that was asked for."""

    limit: int
    reach: Reach = Reach()
    states: tuple[State, ...] = ()
    department: str = ""
    officer: str = ""  # certificate number or name
    item: str = ""
    party: str = ""  # part of the name, or the whole number
    from_utc_us: int | None = None
    to_utc_us: int | None = None
    after: tuple[int, str] | None = None


class EnforcementStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def command(self, connection: AsyncConnection, enforcement_id: str, key: str) -> Command | None:
        table = tables.commands
        asked = select(table).where(table.c.enforcement_id == enforcement_id, table.c.key == key)
        row = (await connection.execute(asked)).one_or_none()
        if row is None:
            return None
        return Command(row.key, row.digest, State(row.state), row.utc_us, row.received_utc_us)

    async def opened_with(self, connection: AsyncConnection, by: str, key: str) -> str | None:
        """The id of what somebody opened under that key."""
        table = tables.enforcements.c
        asked = select(table.id).where(table.opened_by == by, table.open_key == key)
        return (await connection.execute(asked)).scalar_one_or_none()

    async def waiting(self, connection: AsyncConnection, department: str) -> int:
        """How many were opened there and have not begun."""
        table = tables.enforcements.c
        asked = select(func.count()).where(table.department == department, table.state == State.OPENED.value)
        return int((await connection.execute(asked)).scalar_one())

    async def add(self, connection: AsyncConnection, course: Course, command: Command) -> None:
        """Raises IdTaken."""
        one = course.enforcement
        try:
            async with connection.begin_nested():
                row = rows.enforcement_row(one) | {"open_key": command.key}
                await connection.execute(insert(tables.enforcements), [row])
        except IntegrityError:
            raise IdTaken from None
        await connection.execute(insert(tables.officers), rows.officer_rows(one))
        await connection.execute(insert(tables.terminals), rows.terminal_rows(one))
        await self._keep(connection, one.id, command)

    async def save(self, connection: AsyncConnection, before: Course, after: Course, command: Command) -> None:
        """Raises TerminalBusy."""
        one = after.enforcement
        await connection.execute(
            update(tables.enforcements).where(tables.enforcements.c.id == one.id).values(rows.enforcement_row(one))
        )
        if before.enforcement.state is not one.state:
            try:
                async with connection.begin_nested():
                    await upsert(connection, tables.terminals, rows.terminal_rows(one))
            except IntegrityError:
                raise TerminalBusy from None
        for table, changed in rows.happened_rows(before, after):
            await upsert(connection, table, changed)
        await self._keep(connection, one.id, command)

    async def locked(self, connection: AsyncConnection, enforcement_id: str, reach: Reach) -> Course | None:
        """For a change: nobody else changes it until the transaction ends."""
        asked = _asked(reach).where(tables.enforcements.c.id == enforcement_id).with_for_update(of=tables.enforcements)
        return await self._course(connection, asked)

    async def course(self, enforcement_id: str, reach: Reach) -> Course | None:
        async with self.database.reading() as connection:
            return await self._course(connection, _asked(reach).where(tables.enforcements.c.id == enforcement_id))

    async def find(self, enforcement_id: str, reach: Reach) -> Enforcement | None:
        found = await self._those(_asked(reach).where(tables.enforcements.c.id == enforcement_id))
        return found[0] if found else None

    async def under_way(self) -> list[Enforcement]:
        table = tables.enforcements.c
        return await self._those(
            _asked(Reach()).where(table.state == State.UNDER_WAY.value).order_by(table.begun_utc_us, table.id)
        )

    async def changed_since(self, utc_us: int, limit: int, after_id: str) -> list[Enforcement]:
        table = tables.enforcements.c
        asked = _asked(Reach()).where(tuple_(table.changed_utc_us, table.id) > (utc_us, after_id))
        return await self._those(asked.order_by(table.changed_utc_us, table.id).limit(limit))

    async def search(self, query: Query) -> list[Enforcement]:
        table = tables.enforcements.c
        asked = _asked(query.reach).where(*_conditions(query))
        if query.after is not None:
            asked = asked.where(tuple_(table.opened_utc_us, table.id) < query.after)
        return await self._those(asked.order_by(table.opened_utc_us.desc(), table.id.desc()).limit(query.limit))

    async def _keep(self, connection: AsyncConnection, enforcement_id: str, command: Command) -> None:
        row = {
            "enforcement_id": enforcement_id,
            "key": command.key,
            "digest": command.digest,
            "state": command.state.value,
            "utc_us": command.utc_us,
            "received_utc_us": command.received_utc_us,
        }
        await connection.execute(insert(tables.commands), [row])

    async def _course(self, connection: AsyncConnection, asked: Select[Any]) -> Course | None:
        found = await _whole(connection, asked)
        if not found:
            return None
        identity = found[0].id
        return Course(
            found[0],
            steps=rows.happened_of(StepTaken, await _of(connection, tables.steps, identity)),
            marks=rows.happened_of(Mark, await _of(connection, tables.marks, identity)),
            pauses=rows.happened_of(Pause, await _of(connection, tables.pauses, identity)),
            excuses=rows.happened_of(Excuse, await _of(connection, tables.excuses, identity)),
        )

    async def _those(self, asked: Select[Any]) -> list[Enforcement]:
        async with self.database.reading() as connection:
            return await _whole(connection, asked)


async def _whole(connection: AsyncConnection, asked: Select[Any]) -> list[Enforcement]:
    """With officers and terminals: two more queries, however many there are."""
    found = (await connection.execute(asked)).all()
    ids = [row.id for row in found]
    members: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    numbers: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for table, into in ((tables.officers, members), (tables.terminals, numbers)):
        if ids:
            those = select(table).where(table.c.enforcement_id.in_(ids)).order_by(table.c.number)
            for row in await connection.execute(those):
                into[row.enforcement_id].append(row)
    return [rows.enforcement_of(row, members[row.id], numbers[row.id]) for row in found]


async def _of(connection: AsyncConnection, table: Table, enforcement_id: str) -> Sequence[Row[Any]]:
    named = [column.label(column.key) for column in table.columns]
    asked = select(*named).where(table.c.enforcement_id == enforcement_id).order_by(table.c.number)
    return (await connection.execute(asked)).all()


def _asked(reach: Reach) -> Select[Any]:
    table = tables.enforcements.c
    asked = select(tables.enforcements).where(in_scope(table.department, reach.scope))
    if reach.terminal:
        asked = asked.where(_takes_part(reach.terminal))
    return asked


def _takes_part(terminal: str) -> ColumnElement[bool]:
    table = tables.terminals.c
    return exists().where(table.enforcement_id == tables.enforcements.c.id, table.terminal == terminal)


def _conditions(query: Query) -> list[ColumnElement[bool]]:
    table, officer = tables.enforcements.c, tables.officers.c
    found: list[ColumnElement[bool]] = []
    if query.states:
        found.append(table.state.in_([state.value for state in query.states]))
    if query.department:
        found.append(in_scope(table.department, Scope.of(query.department)))
    if query.item:
        found.append(table.item_code == query.item)
    if query.officer:
        named = or_(officer.certificate == query.officer, officer.name == query.officer)
        found.append(exists().where(officer.enforcement_id == table.id, named))
    if query.party:
        named = table.party_name.contains(query.party, autoescape=True)
        found.append(or_(named, table.party_identifier == query.party))
    if query.from_utc_us is not None:
        found.append(table.opened_utc_us >= query.from_utc_us)
    if query.to_utc_us is not None:
        found.append(table.opened_utc_us < query.to_utc_us)
    return found
