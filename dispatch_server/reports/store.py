"""The read model in the database: one row a recording, its terms beside it, and how far it has come."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.kit.errors import Unavailable
from dispatch_server.reports.finding import COUNTED, places_of
from dispatch_server.reports.model import Page, Query, Row
from dispatch_server.reports.placing import IN_ONE_MS, first_choice, next_choice
from dispatch_server.reports.tables import (
    OF_A_RECORDING,
    bounds,
    departments,
    faults,
    positions,
    searched,
    standing,
    texts,
)
from dispatch_server.reports.term_index import PostgresTerms, SqliteTerms, TermIndex
from dispatch_server.reports.terms import filed_under, of_enforcement
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert

_WRITER = 0x53454152  # any number that only we use (PostgreSQL advisory lock)
_MADE = {"place", "facts"}


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
            await _delete(connection, [place for place, _ in moved])
            places = kept | await _new_places(connection, [newest[one] for one in newest if one not in kept])
            await self._write(connection, newest, places, {one for one in newest if one not in kept} | set(other))

    async def _alone(self, connection: AsyncConnection) -> None:
        """Several nodes are told of the same change, and look at it at the same moment."""
        if not self.database.is_sqlite:
            await connection.execute(select(func.pg_advisory_xact_lock(_WRITER)))

    async def _write(
        self, connection: AsyncConnection, rows: dict[str, Row], places: dict[str, int], filed: set[str]
    ) -> None:
        for table in OF_A_RECORDING:
            await upsert(connection, table, [_values(table, row, places[one]) for one, row in rows.items()])
        await connection.execute(delete(positions).where(positions.c.place.in_(list(places.values()))))
        elsewhere = [one for name, row in rows.items() for one in _elsewhere(row, places[name])]
        if elsewhere:
            await connection.execute(insert(positions), elsewhere)
        await self.terms.put(connection, [(places[one], filed_under(rows[one])) for one in rows if one in filed])
        await _note_departments(connection, {row.department for row in rows.values()})

    async def remove(self, recording_ids: Sequence[str]) -> None:
        async with self.database.transaction() as connection:
            await self._alone(connection)
            known = await _known(connection, recording_ids)
            await self.terms.take_out(connection, [(place, filed_under(row)) for place, row in known.values()])
            await _delete(connection, [place for place, _ in known.values()])

    async def clear(self) -> None:
        """Everything, to be filled anew."""
        async with self.database.transaction() as connection:
            await self.terms.clear(connection)
            for one in (*OF_A_RECORDING, positions, departments, standing):
                await connection.execute(delete(one))

    async def search(self, query: Query) -> Page:
        """Rows are read of the page alone; the first page is also counted, up to one above what is told."""
        most = query.limit + 1 if query.after is not None else max(query.limit, COUNTED) + 1
        async with self.database.reading() as connection:
            found = await places_of(connection, self.terms, query, await _departments(connection), most)
            page = found[: query.limit]
            asked = select(searched.c.facts).where(searched.c.place.in_(page)).order_by(searched.c.place)
            asked = asked.where(in_scope(searched.c.department, query.scope))
            rows = tuple(_row(facts) for facts in (await connection.execute(asked)).scalars())
        counted = len(found) if query.after is None else None
        return Page(
            rows=rows,
            next_place=page[-1] if len(found) > query.limit else None,
            counted=None if counted is None else min(counted, COUNTED),
            more_than_counted=counted is not None and counted > COUNTED,
        )

    async def find(self, recording_id: str) -> Row | None:
        async with self.database.reading() as connection:
            known = await _known(connection, [recording_id])
            return known[recording_id][1] if known else None

    async def of_enforcement(self, enforcement_id: str) -> list[str]:
        """Those whose rows say that they show it."""
        found = self.terms.having([of_enforcement(enforcement_id)])
        joined = searched.join(self.terms.table, self.terms.place == searched.c.place)
        asked = select(searched.c.recording_id).select_from(joined).where(found)
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


async def _delete(connection: AsyncConnection, places: Sequence[int]) -> None:
    for table in (*OF_A_RECORDING, positions) if places else ():
        await connection.execute(delete(table).where(table.c.place.in_(places)))


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


def _values(table: Table, row: Row, place: int) -> dict[str, Any]:
    if table is texts:
        return {"place": place, "text": row.text, "party": row.parties}
    values = {"place": place} | {one.name: getattr(row, one.name) for one in table.c if one.name not in _MADE}
    if table is bounds and row.positions:
        values["latitude"], values["longitude"] = row.positions[-1]
    if table is searched:
        values["facts"] = json.dumps(row.plain(), ensure_ascii=False, separators=(",", ":"))
    return values


def _elsewhere(row: Row, place: int) -> list[dict[str, Any]]:
    """All positions but the one in `bounds`."""
    return [
        {"place": place, "number": number, "latitude": latitude, "longitude": longitude}
        for number, (latitude, longitude) in enumerate(row.positions[:-1])
    ]


def _row(facts: str) -> Row:
    return Row.of(json.loads(facts))
