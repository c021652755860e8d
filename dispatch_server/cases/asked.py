"""What a request for a case says, as this room takes it: versions, and the values of a file."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch_server.cases.model import Case, KeptFor, Party, PartyKind, Retention
from dispatch_server.cases.refusals import VersionMissing, VersionOutdated
from dispatch_server.protocol import cases as messages

_TAG = re.compile(r'^"(\d{1,9})"$')


def version_of(if_match: str | None) -> int:
    """`*` names no version that anybody has seen. Raises VersionMissing, VersionOutdated."""
    if if_match is None or if_match.strip() == "*":
        raise VersionMissing
    if (found := _TAG.match(if_match.strip())) is None:
        raise VersionOutdated
    return int(found.group(1))


def values_of(body: messages.CaseChange) -> dict[str, Any]:
    kept = body.retention
    return {
        "number": body.number,
        "year": body.year,
        "cause": body.cause,
        "party": Party(PartyKind(body.party.kind), body.party.name, body.party.identifier),
        "officers": tuple(dict.fromkeys(body.officers)),
        "filed_on": body.filed_on,
        "decided_on": body.decided_on,
        "retention": Retention(KeptFor(kept.kept_for), kept.years, kept.until),
    }


def changing(body: messages.CaseChange) -> Callable[[Case], Case]:
    values = values_of(body)
    return lambda case: replace(case, **values)
