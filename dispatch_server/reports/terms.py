"""
What a recording is filed under, and what a question looks up: each term with a department inside it.

So a search of a township reads the township's own entries of a word and none of another's: neither answer nor time
tells what the others have. The whole county's entries are under a name of their own.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.scope import SEPARATOR, Scope
from dispatch_server.reports.cells import cells_of, covering
from dispatch_server.reports.model import LONG_US, Query, Row
from dispatch_server.reports.words import Run, normal, words

VERSION = 3  # with another one all rows are filed anew
WHOLE_COUNTY = "*"  # no department's path
ALL = ("all", "")
LONG = ("long", "")
Term = tuple[str, str]  # a kind and a value


@lru_cache(1 << 17)
def number_of(department: str, kind: str, value: str) -> int:
    """64 bits, signed: among a million different terms two are the same once in thirty million such databases."""
    data = f"{department}\x1f{kind}\x1f{value}".encode()
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def filed_under(row: Row) -> frozenset[int]:
    """Every number that the row is found by."""
    found = set(_terms_of(row))
    return frozenset(number_of(place, *term) for place in (WHOLE_COUNTY, row.department) for term in found)


def _terms_of(row: Row) -> Iterator[Term]:
    yield ALL
    for kind in ("source", "state"):
        if value := getattr(row, kind):
            yield kind, value
    for one in row.shown:
        named = (("enforcement_id", one.enforcement_id), ("kind", one.kind), ("item", one.item_code))
        yield from (term for term in named if term[1])
    yield from (("officer", normal(text)) for one in row.officers for text in (one.certificate, one.name))
    yield from (("step", one) for one in row.steps)
    yield from (("case", _case(root, normalised(one.number))) for one in row.cases for root in _roots(one.department))
    yield from (("fault", one) for one in row.faults)
    yield "held", str(int(row.held))
    if any(one.missing_us > 0 for one in row.shown):
        yield "missing", ""
    if row.until_utc_us - row.begun_utc_us > LONG_US:
        yield LONG
    if not row.cases:
        yield "unlinked", ""
    if row.positions:
        yield "located", ""
        yield from (("cell", one) for position in row.positions for one in cells_of(*position))
    yield from (("word", one) for one in words(row.text))
    yield from (("party", one) for one in words(row.parties))


def looked_up(query: Query, departments: Iterable[str]) -> list[frozenset[int]]:
    """
    Groups, of each of which one number must be there. `departments`: all that any row is of.

    No group is empty, unless the asker may see nothing: then nothing is found.
    """
    places = within(query, departments)
    return [
        frozenset(number_of(place, *term) for place in places for term in alternatives)
        for alternatives in _asked(query)
    ]


def of_enforcement(enforcement_id: str) -> frozenset[int]:
    """The one group of what shows it, whoever may see it."""
    return frozenset({number_of(WHOLE_COUNTY, "enforcement_id", enforcement_id)})


def long_ones(query: Query, departments: Iterable[str]) -> frozenset[int]:
    """One more group: only what lasts longer than a day."""
    return frozenset(number_of(place, *LONG) for place in within(query, departments))


def within(query: Query, departments: Iterable[str]) -> list[str]:
    """Under which names it is looked up: the county's own, or the departments that are asked for and may be seen."""
    if query.scope.is_county and not query.department:
        return [WHOLE_COUNTY]
    asked = Scope.of(query.department or "")
    return sorted(one for one in departments if query.scope.covers(one) and asked.covers(one))


def _roots(department: str) -> list[str]:
    """Under whose scopes a case stands: the county, its department and those above it."""
    parts = department.split(SEPARATOR) if department else []
    return [WHOLE_COUNTY, *(SEPARATOR.join(parts[: n + 1]) for n in range(len(parts)))]


def _case(root: str, number: str) -> str:
    return f"{root}\x1f{number}"


def _asked(query: Query) -> list[list[Term]]:
    found = [[term] for term in _single(query)]
    if query.case_number:
        roots = {"": WHOLE_COUNTY}
        known = [roots.get(one, one) for one in sorted(query.case_scope.roots)]
        found.append([("case", _case(root, query.case_number)) for root in known])
    found += [[("word", one)] for run in query.words for one in run.asked()]
    found += [[("party", one)] for run in query.party for one in run.asked()]
    if query.place is not None:
        cells = covering(query.place)
        found.append([("cell", one) for one in cells] if cells else [("located", "")])
    return found or [[ALL]]


def _single(query: Query) -> Iterator[Term]:
    named = {
        "source": query.source,
        "enforcement_id": query.enforcement_id,
        "kind": query.kind,
        "state": query.state,
        "item": query.item,
        "officer": query.officer,
        "step": query.step,
        "fault": query.fault,
    }
    yield from ((kind, value) for kind, value in named.items() if value)
    if query.missing:
        yield "missing", ""
    if query.unlinked:
        yield "unlinked", ""
    if query.held is not None:
        yield "held", str(int(query.held))


def inexact(runs: Iterable[Run]) -> list[str]:
    """What must still be looked for in the text itself."""
    return [run.text for run in runs if not run.is_exact]
