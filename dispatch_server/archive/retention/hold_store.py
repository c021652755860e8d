"""Holds in the database, and the state of the recordings that they hold."""

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.model import LIFE, Happening, State
from dispatch_server.archive.retention.model import HOLDING, Hold, HoldState, Person
from dispatch_server.archive.retention.tables import hold_recordings, holds, notes, person_of, write_words
from dispatch_server.archive.store import recordings
from dispatch_server.archive.uploads.store import master_segments, masters
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope
from dispatch_server.runtime.upserts import upsert

AT_ONCE = 500  # ids in one statement
_of = hold_recordings.c


class HoldStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        async with self.database.transaction() as connection:
            yield connection

    async def add(self, connection: AsyncConnection, hold: Hold, held: Sequence[tuple[str, str]]) -> None:
        """`held`: recordings with their departments."""
        await connection.execute(insert(holds).values(_row(hold)))
        await self.add_recordings(connection, hold.id, held)

    async def add_recordings(self, connection: AsyncConnection, hold_id: str, held: Sequence[tuple[str, str]]) -> None:
        """Another node may have been faster."""
        rows = [{"hold_id": hold_id, "recording_id": one, "department": department} for one, department in held]
        await upsert(connection, hold_recordings, rows)

    async def change(self, connection: AsyncConnection, before: HoldState, hold: Hold) -> bool:
        """False: somebody else changed it meanwhile."""
        statement = update(holds).where(holds.c.id == hold.id, holds.c.state == before.value).values(_row(hold))
        return bool((await connection.execute(statement)).rowcount == 1)

    async def find(self, hold_id: str, scope: Scope) -> Hold | None:
        """When the person may see any of what it holds."""
        async with self.database.reading() as connection:
            row = (await connection.execute(_seen(scope).where(holds.c.id == hold_id))).one_or_none()
            return None if row is None else _hold(row)

    async def page(self, scope: Scope, standing: bool, after: str, limit: int) -> list[Hold]:
        """Newest first."""
        asked = _seen(scope).order_by(holds.c.id.desc()).limit(limit)
        if standing:
            asked = asked.where(holds.c.state.in_([state.value for state in HOLDING]))
        if after:
            asked = asked.where(holds.c.id < after)
        async with self.database.reading() as connection:
            return [_hold(row) for row in await connection.execute(asked)]

    async def recordings_of(self, hold_id: str, scope: Scope) -> list[str]:
        asked = select(_of.recording_id).where(_of.hold_id == hold_id, in_scope(_of.department, scope))
        async with self.database.reading() as connection:
            return list((await connection.execute(asked.order_by(_of.recording_id))).scalars())

    async def holding(
        self, recording_ids: Collection[str], connection: AsyncConnection | None = None
    ) -> dict[str, tuple[str, ...]]:
        """The holds that stand, by recording."""
        if connection is None:
            async with self.database.reading() as reading:
                return await self.holding(recording_ids, reading)
        found: dict[str, tuple[str, ...]] = {}
        for some in _portions(recording_ids):
            asked = _standing().where(_of.recording_id.in_(some))
            for recording_id, hold_id in await connection.execute(asked):
                found[recording_id] = (*found.get(recording_id, ()), hold_id)
        return found

    async def over_cases(self, case_ids: Collection[str] | None = None) -> list[Hold]:
        """The holds that stand over whole cases; over these, or over any."""
        mine = holds.c.case_id != "" if case_ids is None else holds.c.case_id.in_(list(case_ids))
        asked = select(holds, _count()).where(mine, holds.c.state.in_([state.value for state in HOLDING]))
        async with self.database.reading() as connection:
            return [_hold(row) for row in await connection.execute(asked.order_by(holds.c.id))]

    async def still_holds(self, connection: AsyncConnection, hold_id: str) -> bool:
        """Locks it: it is not released while something is added."""
        standing = holds.c.state.in_([state.value for state in HOLDING])
        same = update(holds).where(holds.c.id == hold_id, standing).values(state=holds.c.state)
        return bool((await connection.execute(same)).rowcount == 1)

    async def came_in(self, recording_ids: Collection[str]) -> dict[str, int]:
        """When the newest of what a terminal recorded was kept here, else when it was heard of: by our own clock."""
        found: dict[str, int] = {}
        of = master_segments.c
        newest = func.coalesce(func.max(of.receipt_utc_us), masters.c.heard_utc_us)
        for some in _portions(recording_ids):
            asked = select(masters.c.recording_id, newest).group_by(masters.c.recording_id, masters.c.heard_utc_us)
            asked = asked.outerjoin(master_segments, of.recording_id == masters.c.recording_id)
            async with self.database.reading() as connection:
                rows = await connection.execute(asked.where(masters.c.recording_id.in_(some)))
                found |= {row[0]: int(row[1]) for row in rows}
        return found

    async def run_out(self, utc_us: int) -> list[Hold]:
        """Those that stand though their time has come."""
        asked = select(holds, _count()).where(
            holds.c.state.in_([state.value for state in HOLDING]), holds.c.until_utc_us <= utc_us
        )
        async with self.database.reading() as connection:
            return [_hold(row) for row in await connection.execute(asked.limit(AT_ONCE))]

    async def standing_count(self) -> int:
        asked = select(func.count()).where(holds.c.state.in_([state.value for state in HOLDING]))
        async with self.database.reading() as connection:
            return int((await connection.execute(asked)).scalar_one())

    # The recordings' own state.

    async def lock(self, connection: AsyncConnection, recording_ids: Sequence[str]) -> None:
        """Whoever purges takes the same rows first: of the two one is done before the other looks."""
        for some in _portions(recording_ids):
            same = update(recordings).where(recordings.c.id.in_(some)).values(state=recordings.c.state)
            await connection.execute(same)

    async def purged(self, connection: AsyncConnection, recording_ids: Sequence[str]) -> list[str]:
        found: list[str] = []
        for some in _portions(recording_ids):
            asked = select(recordings.c.id).where(recordings.c.id.in_(some), recordings.c.state == State.PURGED.value)
            found += (await connection.execute(asked)).scalars()
        return found

    async def mark_held(self, connection: AsyncConnection, recording_ids: Sequence[str], utc_us: int) -> None:
        for some in _portions(recording_ids):
            await self._move(connection, some, Happening.HOLD, utc_us)

    async def unmark(
        self, connection: AsyncConnection, recording_ids: Sequence[str], sealed: Collection[str], utc_us: int
    ) -> None:
        """Those that nothing holds any more; `sealed` are the ones whose seal is there."""
        held = await self.holding(recording_ids, connection)
        free = [one for one in recording_ids if one not in held]
        for happening, those in (
            (Happening.RELEASE, [one for one in free if one in sealed]),
            (Happening.RELEASE_UNSEALED, [one for one in free if one not in sealed]),
        ):
            for some in _portions(those):
                await self._move(connection, some, happening, utc_us)

    async def unmarked(self) -> list[str]:
        """Closed or sealed recordings that a hold stands over, as when they were open when it was placed."""
        asked = (
            select(recordings.c.id)
            .where(recordings.c.state.in_([State.CLOSED.value, State.SEALED.value]))
            .where(recordings.c.id.in_(_standing().with_only_columns(_of.recording_id)))
        )
        async with self.database.reading() as connection:
            return list((await connection.execute(asked.limit(AT_ONCE))).scalars())

    async def _move(
        self, connection: AsyncConnection, recording_ids: Sequence[str], happening: Happening, utc_us: int
    ) -> None:
        """Also what is in no state to move has another hold now."""
        table = recordings.c
        touched = update(recordings).where(table.id.in_(recording_ids)).values(changed_utc_us=utc_us)
        await connection.execute(touched)
        for state in State:
            if LIFE.allows(state, happening):
                moved = update(recordings).where(table.id.in_(recording_ids), table.state == state.value)
                await connection.execute(moved.values(state=LIFE.after(state, happening).value))

    # A few values that are remembered across a restart.

    async def note(self, name: str) -> Any:
        async with self.database.reading() as connection:
            text = (await connection.execute(select(notes.c.value).where(notes.c.name == name))).scalar_one_or_none()
        return None if text is None else json.loads(text)

    async def keep_note(self, connection: AsyncConnection, name: str, value: Mapping[str, Any]) -> None:
        await upsert(connection, notes, [{"name": name, "value": json.dumps(value)}])


def _portions(ids: Collection[str]) -> list[list[str]]:
    all_of = list(ids)
    return [all_of[begin : begin + AT_ONCE] for begin in range(0, len(all_of), AT_ONCE)]


def _standing() -> Select[Any]:
    states = [state.value for state in HOLDING]
    return select(_of.recording_id, _of.hold_id).join(holds, holds.c.id == _of.hold_id).where(holds.c.state.in_(states))


def _count() -> Any:
    return select(func.count()).where(_of.hold_id == holds.c.id).scalar_subquery().label("recordings")


def _seen(scope: Scope) -> Select[Any]:
    """With the number of those recordings that the person may see, and no others."""
    mine = (_of.hold_id == holds.c.id) & in_scope(_of.department, scope)
    counted = select(func.count()).where(mine).scalar_subquery().label("recordings")
    return select(holds, counted).where(exists().where(mine))


def _row(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.id,
        "state": hold.state.value,
        "placed_utc_us": hold.placed_utc_us,
        "until_utc_us": hold.until_utc_us,
        "case_id": hold.case_id,
        "words": write_words(
            reason=hold.reason,
            placed_by=hold.placed_by,
            asked_by=hold.asked_by,
            ask_reason=hold.ask_reason,
            ended_by=hold.ended_by,
            ended_utc_us=hold.ended_utc_us,
        ),
    }


def _hold(row: Row[Any]) -> Hold:
    words = json.loads(row.words)
    return Hold(
        id=row.id,
        reason=words["reason"],
        placed_by=person_of(words["placed_by"]) or Person("", ""),
        placed_utc_us=row.placed_utc_us,
        until_utc_us=row.until_utc_us,
        state=HoldState(row.state),
        recordings=row.recordings,
        asked_by=person_of(words["asked_by"]),
        ask_reason=words["ask_reason"],
        ended_by=person_of(words["ended_by"]),
        ended_utc_us=words["ended_utc_us"],
        case_id=row.case_id,
    )
