"""Terms in the database: a full-text index of numbers in SQLite, arrays under an inverted index in PostgreSQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, column, table, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

# Made by the migration alone, in each database its own way: it holds nothing that the rows do not say.
NAME = "search_terms"
_SQLITE = table(NAME, column("rowid", BigInteger), column(NAME))
_POSTGRESQL = table(NAME, column("place", BigInteger), column("terms", ARRAY(BigInteger)))


class SqliteTerms:
    """FTS5 without contents: it walks several lists at once, in the order of places, and stops when it has enough."""

    table = _SQLITE
    place: ColumnElement[int] = _SQLITE.c.rowid

    def having(self, groups: Sequence[frozenset[int]]) -> ColumnElement[bool]:
        alternatives = [" OR ".join(map(_token, sorted(group))) for group in groups]
        return _SQLITE.c[NAME].op("MATCH")(" AND ".join(f"({one})" for one in alternatives))

    async def put(self, connection: AsyncConnection, filed: Iterable[tuple[int, frozenset[int]]]) -> None:
        rows = [(place, _tokens(terms)) for place, terms in filed]
        await _each(connection, "INSERT INTO search_terms (rowid, terms) VALUES (?, ?)", rows)

    async def take_out(self, connection: AsyncConnection, filed: Iterable[tuple[int, frozenset[int]]]) -> None:
        """It must be told what they were: it keeps no contents."""
        rows = [(place, _tokens(terms)) for place, terms in filed]
        await _each(connection, "INSERT INTO search_terms (search_terms, rowid, terms) VALUES ('delete', ?, ?)", rows)

    async def clear(self, connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("INSERT INTO search_terms (search_terms) VALUES ('delete-all')")


class PostgresTerms:
    table = _POSTGRESQL
    place: ColumnElement[int] = _POSTGRESQL.c.place

    def having(self, groups: Sequence[frozenset[int]]) -> ColumnElement[bool]:
        terms: Any = _POSTGRESQL.c.terms
        every = sorted({term for group in groups if len(group) == 1 for term in group})
        conditions = [terms.contains(every)] if every else []
        conditions += [terms.overlap(sorted(group)) for group in groups if len(group) > 1]
        return and_(*conditions)

    async def put(self, connection: AsyncConnection, filed: Iterable[tuple[int, frozenset[int]]]) -> None:
        rows = [{"place": place, "terms": sorted(terms)} for place, terms in filed]
        if rows:
            await connection.execute(_POSTGRESQL.insert(), rows)

    async def take_out(self, connection: AsyncConnection, filed: Iterable[tuple[int, frozenset[int]]]) -> None:
        places = [place for place, _ in filed]
        if places:
            await connection.execute(_POSTGRESQL.delete().where(_POSTGRESQL.c.place.in_(places)))

    async def clear(self, connection: AsyncConnection) -> None:
        await connection.execute(text(f"TRUNCATE {NAME}"))


TermIndex = SqliteTerms | PostgresTerms


def _token(term: int) -> str:
    return f"{term & 0xFFFF_FFFF_FFFF_FFFF:x}"


def _tokens(terms: frozenset[int]) -> str:
    return " ".join(map(_token, terms))


async def _each(connection: AsyncConnection, statement: str, rows: list[tuple[int, str]]) -> None:
    if rows:
        await connection.exec_driver_sql(statement, rows)
