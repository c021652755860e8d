"""What every request for a change must show: the version that was seen, and a scope that reaches what it changes."""

import re
from typing import Annotated

from fastapi import Header

from dispatch_server.kit.errors import Forbidden
from dispatch_server.kit.scope import Scope
from dispatch_server.org.refusals import ThingUnknown, VersionMissing, VersionOutdated

_TAG = re.compile(r'^"(\d{1,9})"$')
IfMatch = Annotated[str | None, Header(max_length=200, description='The version that was seen, as its ETag: `"3"`.')]


class WholeCountyNeeded(Forbidden):
    def __init__(self) -> None:
        super().__init__("not_permitted", "This concerns the whole county; your department does not.")


def version_of(if_match: str | None) -> int:
    """`*` names no version that anybody has seen. Raises VersionMissing, VersionOutdated."""
    if if_match is None or if_match.strip() == "*":
        raise VersionMissing
    if (found := _TAG.match(if_match.strip())) is None:
        raise VersionOutdated
    return int(found.group(1))


def etag(version: int) -> str:
    return f'"{version}"'


def reach(scope: Scope, *departments: str) -> None:
    """What is out of reach looks as if it were not there."""
    if not all(scope.covers(one) for one in departments):
        raise ThingUnknown


def reach_all(scope: Scope) -> None:
    if not scope.is_county:
        raise WholeCountyNeeded
