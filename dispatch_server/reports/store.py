"""The read model in the database: one row a recording, its terms beside it, and how far it has come."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.kit.errors import Unavailable
from dispatch_server.reports.model import LONGEST_US, Page, Query, Row
from dispatch_server.reports.placing import IN_ONE_MS, first_choice, next_choice, places_of
from dispatch_server.reports.term_index import PostgresTerms, SqliteTerms, TermIndex
from dispatch_server.reports.terms import filed_under, inexact, looked_up
from dispatch_server.reports.words import normal
from dispatch_server.runtime.database import METADATA, Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert

COUNTED = 1000
_WRITER = 0x53454152  # any number that only we use (PostgreSQL advisory lock)
_PLACE = BigInteger().with_variant(Integer(), "sqlite")  # SQLite finds a row by its number only when it is INTEGER

searched = Table(
    "search_recordings",
    METADATA,
    Column("place", _PLACE, primary_key=True, autoincrement=False),
    Column("recording_id", String(36), nullable=False),
    Column("department", String(200), nullable=False),
    Column("enforcement_id", String(36), nullable=False),
    Column("until_utc_us", BigInteger, nullable=False),
    Column("begun_utc_us", BigInteger, nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("text", Text, nullable=False),  # as words are compared; only what pairs of characters cannot tell
    Column("party", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Index("uq_search_recordings_recording_id", "recording_id", unique=True),
    Index("ix_search_recordings_enforcement_id", "enforcement_id"),
)
departments = Table("search_departments", METADATA, Column("department", String(200), primary_key=True))
# What was once wrong with a picture is told only when it happens: no room knows it afterwards. It is never cleared.
faults = Table(
    "search_faults",
    METADATA,
    Column("recording_id", String(36), primary_key=True),
    Column("fault", String(16), primary_key=True),
)
standing = Table(
    "search_standing",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)


class MillisecondFull(Unavailable):
    def __init__(self) -> None:
        super().__init__("search_full", f"More than {IN_ONE_MS} recordings began in the same millisecond.")


class SearchStore:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.terms: TermIndex = SqliteTerms() if database.is_sqlite else PostgresTerms()

    async def put(self, rows: Sequence[Row]) -> None:
        """New ones and changed ones. Their terms are touched only when they are others."""
        if not rows:
            return
        newest = {row.recording_id: row for row in rows}
        async with self.database.transaction() as connection:
            await self._alone(connection)
            known = await _known(connection, list(newest))
            kept = {one: place for one, (place, old) in known.items() if old.begun_utc_us == newest[one].begun_utc_us}
            moved = [known[one] for one in known if one not in kept]
            other = [one for one in kept if filed_under(known[one][1]) != filed_under(newest[one])]
            await self.terms.take_out(
                connection, [(place, filed_under(old)) for place, old in [*moved, *(known[one] for one in other)]]
            )
            await connection.execute(delete(searched).where(searched.c.place.in_([place for place, _ in moved])))
            places = kept | await _new_places(connection, [newest[one] for one in newest if one not in kept])
            await self._write(connection, newest, places, {one for one in newest if one not in kept} | set(other))

    async def _alone(self, connection: AsyncConnection) -> None:
        """Several nodes are told of the same change, and look at it at the same moment."""
        if not self.database.is_sqlite:
            await connection.execute(select(func.pg_advisory_xact_lock(_WRITER)))

    async def _write(
        self, connection: AsyncConnection, rows: dict[str, Row], places: dict[str, int], filed: set[str]
    ) -> None:
        await upsert(connection, searched, [_values(row, places[one]) for one, row in rows.items()])
        await self.terms.put(connection, [(places[one], filed_under(rows[one])) for one in rows if one in filed])
        await _note_departments(connection, {row.department for row in rows.values()})

    async def remove(self, recording_ids: Sequence[str]) -> None:
        async with self.database.transaction() as connection:
            await self._alone(connection)
            known = await _known(connection, recording_ids)
            await self.terms.take_out(connection, [(place, filed_under(row)) for place, row in known.values()])
            gone = [place for place, _ in known.values()]
            await connection.execute(delete(searched).where(searched.c.place.in_(gone)))

    async def clear(self) -> None:
        """Everything, to be filled anew."""
        async with self.database.transaction() as connection:
            await self.terms.clear(connection)
            for one in (searched, departments, standing):
                await connection.execute(delete(one))

    async def search(self, query: Query) -> Page:
        async with self.database.reading() as connection:
            groups = looked_up(query, await _departments(connection))
            if not all(groups):
                return Page((), None, 0 if query.after is None else None)
            asked = self._matching(query, groups, [searched.c.place, searched.c.facts], joined=True)
            found = (await connection.execute(asked.order_by(self.terms.place).limit(query.limit + 1))).all()
            counted = await self._count(connection, query, groups) if query.after is None else None
        page = found[: query.limit]
        return Page(
            rows=tuple(_row(one.facts) for one in page),
            next_place=page[-1].place if len(found) > query.limit else None,
            counted=counted if counted is None else min(counted, COUNTED),
            more_than_counted=counted is not None and counted > COUNTED,
        )

    async def _count(self, connection: AsyncConnection, query: Query, groups: list[frozenset[int]]) -> int:
        """Never more than one above what is told: to count all would read all."""
        needs_rows = bool(_in_rows(query))
        found = self._matching(query, groups, [self.terms.place], joined=needs_rows).limit(COUNTED + 1).subquery()
        return int((await connection.execute(select(func.count()).select_from(found))).scalar_one())

    def _matching(self, query: Query, groups: list[frozenset[int]], columns: list[Any], *, joined: bool) -> Select[Any]:
        place = self.terms.place
        asked = select(*columns).select_from(self.terms.table).where(self.terms.having(groups))
        if joined:
            both = self.terms.table.join(searched, searched.c.place == place)
            asked = select(*columns).select_from(both).where(self.terms.having(groups), *_in_rows(query))
            asked = asked.where(in_scope(searched.c.department, query.scope))
        if query.after is not None:
            asked = asked.where(place > query.after)
        if query.to_utc_us is not None:
            asked = asked.where(place >= places_of(query.to_utc_us).start)
        if query.from_utc_us is not None:
            asked = asked.where(place < places_of(query.from_utc_us - LONGEST_US).stop)
        return asked

    async def find(self, recording_id: str) -> Row | None:
        async with self.database.reading() as connection:
            known = await _known(connection, [recording_id])
            return known[recording_id][1] if known else None

    async def of_enforcement(self, enforcement_id: str) -> list[str]:
        asked = select(searched.c.recording_id).where(searched.c.enforcement_id == enforcement_id)
        async with self.database.reading() as connection:
            return list((await connection.execute(asked)).scalars())

    async def keep_faults(self, of_recordings: Mapping[str, Sequence[str]]) -> None:
        rows = [{"recording_id": one, "fault": fault} for one, found in of_recordings.items() for fault in found]
        async with self.database.transaction() as connection:
            known = await _faults(connection, list(of_recordings))
            new = [row for row in rows if row["fault"] not in known.get(row["recording_id"], ())]
            if new:
                await connection.execute(insert(faults), new)

    async def faults_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        async with self.database.reading() as connection:
            return await _faults(connection, recording_ids)

    async def read_standing(self, name: str) -> int:
        async with self.database.reading() as connection:
            asked = select(standing.c.value).where(standing.c.name == name)
            return int((await connection.execute(asked)).scalar() or 0)

    async def keep_standing(self, name: str, value: int) -> None:
        async with self.database.transaction() as connection:
            await upsert(connection, standing, [{"name": name, "value": value}])


def _in_rows(query: Query) -> list[Any]:
    """What the terms cannot tell exactly."""
    found: list[Any] = []
    if query.from_utc_us is not None:
        found.append(searched.c.until_utc_us >= query.from_utc_us)
    if query.to_utc_us is not None:
        found.append(searched.c.begun_utc_us < query.to_utc_us)
    if query.place is not None:
        found.append(searched.c.latitude.between(query.place.south, query.place.north))
        found.append(searched.c.longitude.between(query.place.west, query.place.east))
    found += [searched.c.text.contains(one) for one in inexact(query.words)]
    found += [searched.c.party.contains(one) for one in inexact(query.party)]
    return found


async def _departments(connection: AsyncConnection) -> list[str]:
    return list((await connection.execute(select(departments.c.department))).scalars())


async def _note_departments(connection: AsyncConnection, named: set[str]) -> None:
    new = named - set(await _departments(connection))
    for department in sorted(new):
        try:
            async with connection.begin_nested():
                await connection.execute(insert(departments).values(department=department))
        except IntegrityError:  # another node was faster
            continue


async def _faults(connection: AsyncConnection, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    asked = select(faults).where(faults.c.recording_id.in_(recording_ids)).order_by(faults.c.fault)
    for row in await connection.execute(asked):
        found[row.recording_id] = (*found.get(row.recording_id, ()), row.fault)
    return found


async def _known(connection: AsyncConnection, recording_ids: Sequence[str]) -> dict[str, tuple[int, Row]]:
    asked = select(searched.c.place, searched.c.recording_id, searched.c.facts)
    asked = asked.where(searched.c.recording_id.in_(recording_ids))
    return {one.recording_id: (one.place, _row(one.facts)) for one in await connection.execute(asked)}


async def _new_places(connection: AsyncConnection, rows: Iterable[Row]) -> dict[str, int]:
    """Their own choice; where that is taken, the next one."""
    choices = {row.recording_id: (first_choice(row.recording_id, row.begun_utc_us), row.begun_utc_us) for row in rows}
    found: dict[str, int] = {}
    used: set[int] = set()
    for _ in range(IN_ONE_MS):
        asked = select(searched.c.place).where(searched.c.place.in_([place for place, _ in choices.values()]))
        used |= set((await connection.execute(asked)).scalars()) if choices else set()
        again = {}
        for one, (place, begun) in choices.items():
            if place in used:
                again[one] = (next_choice(place, begun), begun)
            else:
                found[one] = place
                used.add(place)
        choices = again
        if not choices:
            return found
    raise MillisecondFull


def _values(row: Row, place: int) -> dict[str, Any]:
    names = ("recording_id", "department", "enforcement_id", "until_utc_us", "begun_utc_us", "latitude", "longitude")
    more = {"place": place, "text": row.text, "party": normal(row.party)}
    facts = json.dumps(row.plain(), ensure_ascii=False, separators=(",", ":"))
    return {name: getattr(row, name) for name in names} | more | {"facts": facts}


def _row(facts: str) -> Row:
    return Row.of(json.loads(facts))
