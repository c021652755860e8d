"""A scope as part of a query: what may not be seen is not read, so it is not counted, sorted or timed either."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, false, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from dispatch_server.kit.scope import SEPARATOR, Scope

_PAST_SEPARATOR = chr(ord(SEPARATOR) + 1)


def in_scope(department: ColumnElement[str], scope: Scope) -> ColumnElement[bool]:
    """The condition that the path in this column lies within the scope."""
    if scope.is_county:
        return true()
    if not scope:
        return false()
    return or_(
        *(
            (department == root) | _Between(department, root + SEPARATOR, root + _PAST_SEPARATOR)
            for root in sorted(scope.roots)
        )
    )


class _Between(FunctionElement[bool]):
    """
    Column, first, and what is past the last, byte by byte. SQLite takes an index for that and for LIKE … ESCAPE none:
    a township's list went through the rows of the whole county.
    """

    type = Boolean()
    inherit_cache = True


@compiles(_Between, "sqlite")
def _by_bytes(element: _Between, compiler: SQLCompiler, **words: Any) -> str:
    column, first, past = (compiler.process(one, **words) for one in element.clauses)
    return f"({column} >= {first} AND {column} < {past})"


@compiles(_Between)
def _by_bytes_in_any_language(element: _Between, compiler: SQLCompiler, **words: Any) -> str:
    """PostgreSQL sorts by the database's language unless it is told otherwise."""
    column, first, past = (compiler.process(one, **words) for one in element.clauses)
    return f'({column} COLLATE "C" >= {first} AND {column} COLLATE "C" < {past})'
