"""A scope as part of a query: what may not be seen is not read, so it is not counted, sorted or timed either."""

from sqlalchemy import ColumnElement, false, or_, true

from dispatch_server.kit.scope import SEPARATOR, Scope


def in_scope(department: ColumnElement[str], scope: Scope) -> ColumnElement[bool]:
    """The condition that the path in this column lies within the scope."""
    if scope.is_county:
        return true()
    if not scope:
        return false()
    return or_(
        *(
            (department == root) | department.startswith(root + SEPARATOR, autoescape=True)
            for root in sorted(scope.roots)
        )
    )
