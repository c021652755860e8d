"""A scope as part of a query: what may not be seen is not read, so it is not counted, sorted or timed either."""

from typing import Any

from sqlalchemy import ColumnElement, String, false, or_, true
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
    path = _Bytes(department)
    return or_(
        *(
            (department == root) | ((path >= root + SEPARATOR) & (path < root + _PAST_SEPARATOR))
            for root in sorted(scope.roots)
        )
    )


class _Bytes(FunctionElement[str]):
    """
    A column that is compared byte by byte. SQLite takes an index for a range of those and none for LIKE … ESCAPE: a
    township's list went through the rows of the whole county.
    """

    type = String()
    inherit_cache = True


@compiles(_Bytes, "sqlite")
def _as_it_is(element: _Bytes, compiler: SQLCompiler, **words: Any) -> str:
    return str(compiler.process(element.clauses, **words))


@compiles(_Bytes)
def _in_no_language(element: _Bytes, compiler: SQLCompiler, **words: Any) -> str:
    """PostgreSQL sorts by the database's language unless it is told otherwise."""
    return f'({compiler.process(element.clauses, **words)} COLLATE "C")'
