"""Cases, their links and exhibits in the database. Nothing is deleted: what is withdrawn says by whom and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.cases.model import Case, Exhibit, File, KeptFor, Link, Party, PartyKind, Retention, State, Thing
from dispatch_server.cases.refusals import AlreadyLinked, NumberTaken
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.scoping import in_scope

cases = Table(
    "cases",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("number", String(80), nullable=False),
    Column("number_key", String(80), nullable=False),
    Column("department", String(200), nullable=False),
    Column("year", Integer, nullable=False),
    Column("cause", String(200), nullable=False),
    Column("party_kind", String(16), nullable=False),
    Column("party_name", String(80), nullable=False),
    Column("party_identifier", String(40), nullable=False),
    Column("officers", Text, nullable=False),  # certificate numbers, with a line break between them
    Column("filed_on", Date, nullable=False),
    Column("decided_on", Date),
    Column("kept_for", String(16), nullable=False),
    Column("kept_years", Integer, nullable=False),
    Column("kept_until", Date),
    Column("state", String(16), nullable=False),
    Column("opened_utc_us", BigInteger, nullable=False),
    Column("opened_by", String(80), nullable=False),
    Column("changed_utc_us", BigInteger, nullable=False),
    Column("closed_on", Date),
    Column("filled_reason", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Index("uq_cases_department_year_number_key", "department", "year", "number_key", unique=True),
    Index("ix_cases_department_opened_utc_us_id", "department", "opened_utc_us", "id"),
    Index("ix_cases_changed_utc_us", "changed_utc_us"),
)

links = Table(
    "case_links",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False),
    Column("thing", String(16), nullable=False),
    Column("thing_id", String(64), nullable=False),
    Column("linked_utc_us", BigInteger, nullable=False),
    Column("linked_by", String(80), nullable=False),
    Column("withdrawn_utc_us", BigInteger),
    Column("withdrawn_by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
    Index("ix_case_links_case_id", "case_id"),
    Index("ix_case_links_thing_thing_id", "thing", "thing_id"),
)
Index(
    "uq_case_links_standing",
    links.c.case_id,
    links.c.thing,
    links.c.thing_id,
    unique=True,
    sqlite_where=links.c.withdrawn_utc_us.is_(None),
    postgresql_where=links.c.withdrawn_utc_us.is_(None),
)

exhibits = Table(
    "case_exhibits",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.id"), nullable=False),
    Column("recording_id", String(64), nullable=False),
    Column("from_utc_us", BigInteger),
    Column("to_utc_us", BigInteger),
    Column("proves", String(400), nullable=False),
    Column("made_utc_us", BigInteger, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("withdrawn_utc_us", BigInteger),
    Column("withdrawn_by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
    Index("ix_case_exhibits_case_id", "case_id"),
)


@dataclass(frozen=True, slots=True)
class Query:
    """Newest first. `scope` is what the person may see, `after` the last one's opening and id."""

    limit: int
    scope: Scope = COUNTY
    department: str | None = None
    state: State | None = None
    number_key: str = ""
    officers: tuple[str, ...] = ()  # certificates, of which any will do
    cause: str = ""
    year: int | None = None
    after: tuple[int, str] | None = None


class CaseStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, connection: AsyncConnection, case: Case) -> None:
        """Raises NumberTaken."""
        try:
            async with connection.begin_nested():
                await connection.execute(insert(cases).values(_case_row(case)))
        except IntegrityError:
            raise NumberTaken from None

    async def save(self, connection: AsyncConnection, case: Case) -> None:
        """Raises NumberTaken."""
        try:
            async with connection.begin_nested():
                await connection.execute(update(cases).where(cases.c.id == case.id).values(_case_row(case)))
        except IntegrityError:
            raise NumberTaken from None

    async def locked(self, connection: AsyncConnection, case_id: str, scope: Scope) -> File | None:
        """For a change: nobody else changes it until the transaction ends."""
        asked = select(cases).where(cases.c.id == case_id, in_scope(cases.c.department, scope)).with_for_update()
        row = (await connection.execute(asked)).one_or_none()
        return None if row is None else await self._file(connection, _case(row))

    async def file(self, case_id: str, scope: Scope) -> File | None:
        async with self.database.reading() as connection:
            asked = select(cases).where(cases.c.id == case_id, in_scope(cases.c.department, scope))
            row = (await connection.execute(asked)).one_or_none()
            return None if row is None else await self._file(connection, _case(row))

    async def _file(self, connection: AsyncConnection, case: Case) -> File:
        linked = await connection.execute(select(links).where(links.c.case_id == case.id).order_by(links.c.id))
        shown = await connection.execute(select(exhibits).where(exhibits.c.case_id == case.id).order_by(exhibits.c.id))
        return File(
            case,
            tuple(_link(row) for row in linked),
            tuple(Exhibit(**row._mapping) for row in shown),
        )

    async def listed(self, query: Query) -> list[Case]:
        table = cases.c
        asked = select(cases).where(in_scope(table.department, query.scope))
        if query.department:
            asked = asked.where(in_scope(table.department, Scope.of(query.department)))
        if query.state is not None:
            asked = asked.where(table.state == query.state.value)
        if query.year is not None:
            asked = asked.where(table.year == query.year)
        if query.number_key:
            asked = asked.where(table.number_key.contains(query.number_key, autoescape=True))
        if query.cause:
            asked = asked.where(table.cause.contains(query.cause, autoescape=True))
        if query.officers:
            lines = "\n" + table.officers + "\n"
            asked = asked.where(or_(*(lines.contains(f"\n{one}\n", autoescape=True) for one in query.officers)))
        if query.after is not None:
            asked = asked.where(tuple_(table.opened_utc_us, table.id) < query.after)
        asked = asked.order_by(table.opened_utc_us.desc(), table.id.desc()).limit(query.limit)
        async with self.database.reading() as connection:
            return [_case(row) for row in await connection.execute(asked)]

    async def add_link(self, connection: AsyncConnection, link: Link) -> None:
        """Raises AlreadyLinked."""
        try:
            async with connection.begin_nested():
                await connection.execute(insert(links).values(_plain(link, links)))
        except IntegrityError:
            raise AlreadyLinked from None

    async def withdraw_link(self, connection: AsyncConnection, link: Link) -> None:
        await connection.execute(update(links).where(links.c.id == link.id).values(_plain(link, links)))

    async def add_exhibit(self, connection: AsyncConnection, exhibit: Exhibit) -> None:
        await connection.execute(insert(exhibits).values(_plain(exhibit, exhibits)))

    async def withdraw_exhibit(self, connection: AsyncConnection, exhibit: Exhibit) -> None:
        same = exhibits.c.id == exhibit.id
        await connection.execute(update(exhibits).where(same).values(_plain(exhibit, exhibits)))

    async def cases_of(self, things: Mapping[Thing, Sequence[str]], scope: Scope = COUNTY) -> list[Case]:
        """In which any of these stands, by number."""
        found: dict[str, Case] = {}
        async with self.database.reading() as connection:
            for thing, ids in things.items():
                standing = links.c.thing_id.in_(ids) & links.c.withdrawn_utc_us.is_(None)
                asked = select(cases).join(links).where(links.c.thing == thing.value, standing)
                rows = await connection.execute(asked.where(in_scope(cases.c.department, scope)))
                found |= {row.id: _case(row) for row in rows}
        return sorted(found.values(), key=lambda one: one.number_key)

    async def changed_since(self, utc_us: int, limit: int) -> list[Case]:
        """Oldest change first; of the same moment all that there is room for."""
        asked = select(cases).where(cases.c.changed_utc_us >= utc_us)
        asked = asked.order_by(cases.c.changed_utc_us, cases.c.id).limit(limit)
        async with self.database.reading() as connection:
            return [_case(row) for row in await connection.execute(asked)]

    async def count(self) -> int:
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(cases))).scalar_one())


def _case_row(case: Case) -> dict[str, Any]:
    same = ("id", "number", "number_key", "department", "year", "cause", "filed_on", "decided_on", "opened_utc_us")
    more = ("opened_by", "changed_utc_us", "closed_on", "filled_reason", "version")
    return {name: getattr(case, name) for name in (*same, *more)} | {
        "party_kind": case.party.kind.value,
        "party_name": case.party.name,
        "party_identifier": case.party.identifier,
        "officers": "\n".join(case.officers),
        "kept_for": case.retention.kept_for.value,
        "kept_years": case.retention.years,
        "kept_until": case.retention.until,
        "state": case.state.value,
    }


def _case(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        number=row.number,
        department=row.department,
        year=row.year,
        cause=row.cause,
        party=Party(PartyKind(row.party_kind), row.party_name, row.party_identifier),
        officers=tuple(row.officers.split("\n")) if row.officers else (),
        filed_on=row.filed_on,
        decided_on=row.decided_on,
        retention=Retention(KeptFor(row.kept_for), row.kept_years, row.kept_until),
        state=State(row.state),
        opened_utc_us=row.opened_utc_us,
        opened_by=row.opened_by,
        changed_utc_us=row.changed_utc_us,
        closed_on=row.closed_on,
        filled_reason=row.filled_reason,
        version=row.version,
    )


def _link(row: Row[Any]) -> Link:
    return Link(**{**row._mapping, "thing": Thing(row.thing)})


def _plain(one: Link | Exhibit, table: Table) -> dict[str, Any]:
    return {column.name: getattr(one, column.name) for column in table.columns}
