"""Destruction lists and what stands on them, in the database."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.archive.model import LIFE, Happening, Recording, State
from dispatch_server.archive.retention.model import (
    LIST_LIFE,
    DestructionList,
    Item,
    ItemState,
    ListState,
    Person,
)
from dispatch_server.archive.retention.tables import approval_of, items, lists, person_of, write_words
from dispatch_server.archive.store import recording_of, recordings, segments
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.scoping import in_scope

AT_ONCE = 500
OPEN_LISTS = [state.value for state in ListState if state not in LIST_LIFE.final]
ON_A_LIST = [ItemState.LISTED.value, ItemState.PURGING.value]


class ListStore:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def add(self, connection: AsyncConnection, made: DestructionList, on_it: Sequence[Item]) -> None:
        await connection.execute(insert(lists).values(_row(made)))
        await connection.execute(insert(items), [_item_row(item) for item in on_it])

    async def change(self, connection: AsyncConnection, before: ListState, after: DestructionList) -> bool:
        """False: somebody else changed it meanwhile."""
        statement = update(lists).where(lists.c.id == after.id, lists.c.state == before.value).values(_row(after))
        return bool((await connection.execute(statement)).rowcount == 1)

    async def find(self, list_id: str, scope: Scope) -> DestructionList | None:
        asked = select(lists).where(lists.c.id == list_id, in_scope(lists.c.department, scope))
        async with self.database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
            return None if row is None else _list(row)

    async def find_within(self, connection: AsyncConnection, list_id: str) -> ListState | None:
        """Its state as the caller's transaction sees it; it stays so until that ends."""
        asked = select(lists.c.state).where(lists.c.id == list_id).with_for_update()
        state = (await connection.execute(asked)).scalar_one_or_none()
        return None if state is None else ListState(state)

    async def page(self, scope: Scope, is_open: bool, after: str, limit: int) -> list[DestructionList]:
        """Newest first."""
        asked = select(lists).where(in_scope(lists.c.department, scope)).order_by(lists.c.id.desc()).limit(limit)
        if is_open:
            asked = asked.where(lists.c.state.in_(OPEN_LISTS))
        if after:
            asked = asked.where(lists.c.id < after)
        async with self.database.reading() as connection:
            return [_list(row) for row in await connection.execute(asked)]

    async def in_state(self, state: ListState) -> Sequence[DestructionList]:
        async with self.database.reading() as connection:
            asked = select(lists).where(lists.c.state == state.value).order_by(lists.c.id).limit(AT_ONCE)
            return [_list(row) for row in await connection.execute(asked)]

    async def open_count(self) -> int:
        async with self.database.reading() as connection:
            asked = select(func.count()).where(lists.c.state.in_(OPEN_LISTS))
            return int((await connection.execute(asked)).scalar_one())

    async def items(self, list_id: str, state: ItemState | None, after: str, limit: int) -> Sequence[Item]:
        asked = select(items).where(items.c.list_id == list_id, items.c.recording_id > after)
        if state is not None:
            asked = asked.where(items.c.state == state.value)
        async with self.database.reading() as connection:
            found = await connection.execute(asked.order_by(items.c.recording_id).limit(limit))
            return [_item(row) for row in found]

    async def counts(self, list_id: str) -> dict[str, tuple[int, int]]:
        """Number and bytes by state."""
        asked = select(items.c.state, func.count(), func.sum(items.c.bytes)).where(items.c.list_id == list_id)
        async with self.database.reading() as connection:
            found = await connection.execute(asked.group_by(items.c.state))
            return {state: (count, int(size)) for state, count, size in found}

    async def purging(self) -> Sequence[Item]:
        """Decided for good, and not known to be over."""
        async with self.database.reading() as connection:
            asked = select(items).where(items.c.state == ItemState.PURGING.value).limit(AT_ONCE)
            return [_item(row) for row in await connection.execute(asked)]

    async def change_item(self, connection: AsyncConnection, before: ItemState, item: Item) -> bool:
        same = (items.c.list_id == item.list_id) & (items.c.recording_id == item.recording_id)
        statement = update(items).where(same, items.c.state == before.value).values(_item_row(item))
        return bool((await connection.execute(statement)).rowcount == 1)

    async def take_off(self, connection: AsyncConnection, recording_ids: Sequence[str], reason: str) -> None:
        """Off every list on which it stands and is not yet being purged."""
        for begin in range(0, len(recording_ids), AT_ONCE):
            some = recording_ids[begin : begin + AT_ONCE]
            off = update(items).where(items.c.recording_id.in_(some), items.c.state == ItemState.LISTED.value)
            await connection.execute(off.values(state=ItemState.TAKEN_OFF.value, reason=reason[:400]))

    async def listed(self, recording_ids: Sequence[str]) -> set[str]:
        """Those that stand on an open list already."""
        asked = select(items.c.recording_id).join(lists, lists.c.id == items.c.list_id)
        asked = asked.where(lists.c.state.in_(OPEN_LISTS), items.c.state.in_(ON_A_LIST))
        async with self.database.reading() as connection:
            found = await connection.execute(asked.where(items.c.recording_id.in_(recording_ids)))
            return set(found.scalars())

    # Recordings, as a list begins with them and ends them.

    async def sealed_before(self, utc_us: int, after: tuple[int, str], limit: int) -> list[Recording]:
        """Oldest first, after (opened, id); those that stand on no open list."""
        table = recordings.c
        on_one = select(items.c.recording_id).join(lists, lists.c.id == items.c.list_id)
        on_one = on_one.where(lists.c.state.in_(OPEN_LISTS), items.c.state.in_(ON_A_LIST))
        asked = select(recordings).where(table.state == State.SEALED.value, table.ended_utc_us < utc_us)
        asked = asked.where(
            (table.opened_utc_us > after[0]) | ((table.opened_utc_us == after[0]) & (table.id > after[1]))
        )
        asked = asked.where(table.opened_utc_us < utc_us, table.id.not_in(on_one))
        async with self.database.reading() as connection:
            rows = await connection.execute(asked.order_by(table.opened_utc_us, table.id).limit(limit))
            return [recording_of(row) for row in rows]

    async def recordings(self, recording_ids: Sequence[str]) -> dict[str, Recording]:
        found: dict[str, Recording] = {}
        async with self.database.reading() as connection:
            for begin in range(0, len(recording_ids), AT_ONCE):
                asked = select(recordings).where(recordings.c.id.in_(recording_ids[begin : begin + AT_ONCE]))
                found |= {row.id: recording_of(row) for row in await connection.execute(asked)}
        return found

    async def end_recording(self, connection: AsyncConnection, recording_id: str, utc_us: int) -> bool:
        """Purged, if it is sealed and not held; its segments are no more to be played. Locks the row."""
        table = recordings.c
        for state in State:
            if LIFE.allows(state, Happening.PURGE):
                ended = update(recordings).where(table.id == recording_id, table.state == state.value)
                values = {
                    "state": LIFE.after(state, Happening.PURGE).value,
                    "thumbnail": False,
                    "changed_utc_us": utc_us,
                }
                if (await connection.execute(ended.values(values))).rowcount == 1:
                    await connection.execute(delete(segments).where(segments.c.recording_id == recording_id))
                    return True
        return False

    async def bytes_by_day(self, day_us: int) -> dict[int, int]:
        """Of what is there, by the day on which it began."""
        day = (recordings.c.opened_utc_us // day_us).label("day")
        asked = select(day, func.sum(recordings.c.bytes)).where(recordings.c.state != State.PURGED.value).group_by(day)
        async with self.database.reading() as connection:
            return {int(number): int(size) for number, size in await connection.execute(asked)}

    async def held_bytes_by_day(self, day_us: int) -> dict[int, int]:
        day = (recordings.c.opened_utc_us // day_us).label("day")
        asked = select(day, func.sum(recordings.c.bytes)).where(recordings.c.state == State.HELD.value).group_by(day)
        async with self.database.reading() as connection:
            return {int(number): int(size) for number, size in await connection.execute(asked)}


def _row(made: DestructionList) -> dict[str, Any]:
    return {
        "id": made.id,
        "department": made.department,
        "state": made.state.value,
        "made_utc_us": made.made_utc_us,
        "purge_utc_us": made.purge_utc_us,
        "words": write_words(
            made_by=made.made_by,
            reason=made.reason,
            policy=made.policy,
            first=made.first,
            second=made.second,
            ended_by=made.ended_by,
            ended_utc_us=made.ended_utc_us,
            end_reason=made.end_reason,
        ),
    }


def _list(row: Row[Any]) -> DestructionList:
    words = json.loads(row.words)
    return DestructionList(
        id=row.id,
        department=row.department,
        made_by=person_of(words["made_by"]) or Person("", ""),
        made_utc_us=row.made_utc_us,
        reason=words["reason"],
        policy=words["policy"],
        state=ListState(row.state),
        first=approval_of(words["first"]),
        second=approval_of(words["second"]),
        purge_utc_us=row.purge_utc_us,
        ended_by=person_of(words["ended_by"]),
        ended_utc_us=words["ended_utc_us"],
        end_reason=words["end_reason"],
    )


def _item_row(item: Item) -> dict[str, Any]:
    names = [column.name for column in items.columns if column.name != "state"]
    return {name: getattr(item, name) for name in names} | {"state": item.state.value, "reason": item.reason[:400]}


def _item(row: Row[Any]) -> Item:
    plain = dict(row._mapping)
    return Item(**plain | {"state": ItemState(plain["state"])})
