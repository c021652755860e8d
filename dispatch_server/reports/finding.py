"""Finds the places of what is asked for, newest first, and looks at nothing that the terms have told already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.reports import placing
from dispatch_server.reports.cells import Rectangle
from dispatch_server.reports.model import LONG_US, Query
from dispatch_server.reports.tables import bounds, positions, texts
from dispatch_server.reports.term_index import TermIndex
from dispatch_server.reports.terms import inexact, long_ones, looked_up

COUNTED = 1000
END = placing.FURTHEST + 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Places from `first` up to `end`. `told`: those that say all of the times. `long`: only of what lasted long."""

    first: int
    end: int
    told: range
    long: bool = False


def stretches(query: Query) -> list[Stretch]:
    """
    All places that may be of the answer, newest first, without overlap.

    A place tells when a recording began, but for less than a millisecond. What began between the two times needs no
    look; what began in the day before may last until then; what began earlier must be one of the few that last long.
    """
    edge = range(0) if query.to_utc_us is None else placing.places_of(query.to_utc_us)
    begun, near = END, END
    if query.from_utc_us is not None:
        begun = placing.places_of(query.from_utc_us).start
        near = placing.places_of(query.from_utc_us - LONG_US).stop
    first = max(edge.start, 0 if query.after is None else query.after + 1)
    found = [
        Stretch(first, near, range(edge.stop, begun)),
        Stretch(max(first, near), END, range(0), long=True),
    ]
    return [one for one in found if one.first < one.end]


async def places_of(
    connection: AsyncConnection, index: TermIndex, query: Query, departments: Sequence[str], most: int
) -> list[int]:
    """No more than `most`. `departments`: all that any row is of."""
    groups = looked_up(query, departments)
    found: list[int] = []
    if not all(groups):
        return found
    for stretch in stretches(query):
        asked = [*groups, long_ones(query, departments)] if stretch.long else groups
        matching = _matching(index, asked, query, stretch).order_by(index.place).limit(most - len(found))
        found += (await connection.execute(matching)).scalars()
        if len(found) >= most:
            break
    return found


def _matching(index: TermIndex, groups: Sequence[frozenset[int]], query: Query, stretch: Stretch) -> Select[Any]:
    conditions = [index.having(groups), index.place >= stretch.first, index.place < stretch.end]
    conditions += _of_times(index, query, stretch)
    joined: Any = index.table
    for table, looked_at in ((bounds, _of_place(index, query)), (texts, _of_texts(query))):
        if looked_at:
            joined = joined.join(table, table.c.place == index.place)
            conditions += looked_at
    return select(index.place).select_from(joined).where(*conditions)


def _of_times(index: TermIndex, query: Query, stretch: Stretch) -> list[Any]:
    """Looked at only where the place does not tell."""
    if stretch.first >= stretch.told.start and stretch.end <= stretch.told.stop:
        return []
    row = bounds.alias("times")
    looked_at = [row.c.place == index.place]
    if query.from_utc_us is not None:
        looked_at.append(row.c.until_utc_us >= query.from_utc_us)
    if query.to_utc_us is not None:
        looked_at.append(row.c.begun_utc_us < query.to_utc_us)
    fits = exists().where(*looked_at)
    if not stretch.told:
        return [fits]
    return [or_(and_(index.place >= stretch.told.start, index.place < stretch.told.stop), fits)]


def _of_place(index: TermIndex, query: Query) -> list[Any]:
    """The edges of a rectangle."""
    if query.place is None:
        return []
    elsewhere = exists().where(positions.c.place == index.place, *_inside(positions, query.place))
    return [or_(and_(*_inside(bounds, query.place)), elsewhere)]


def _inside(table: Table, place: Rectangle) -> list[Any]:
    return [
        table.c.latitude.between(place.south, place.north),
        table.c.longitude.between(place.west, place.east),
    ]


def _of_texts(query: Query) -> list[Any]:
    """The order of more than two characters."""
    columns: Iterable[tuple[Any, Any]] = ((texts.c.text, query.words), (texts.c.party, query.party))
    return [column.contains(one) for column, runs in columns for one in inexact(runs)]
