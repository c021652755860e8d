"""Which methods an address knows: what a 405 must say (RFC 9110 section 15.5.6)."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def allowed_at(scope: Scope, routes: Sequence[BaseRoute]) -> str:
    """The Allow header of an address. The framework names the methods of the first of its routes alone."""
    return ", ".join(
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    )
