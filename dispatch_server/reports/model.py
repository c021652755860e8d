"""One recording as the search knows it: what several rooms say of it, joined, and what can be asked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.reports.cells import Rectangle
from dispatch_server.reports.words import Run, holds, normal

LONG_US = 86_400_000_000  # what lasts longer is filed as such, so that all else is found near its beginning
LONGEST_TEXT = 4_000  # of notes and marks together; what comes after it is not found
NO_COVERAGE = -1


@dataclass(frozen=True, slots=True)
class CaseName:
    """`department`: of the case, which need not be the recording's."""

    id: str
    number: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class OfficerName:
    certificate: str
    name: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An enforcement that a recording shows."""

    enforcement_id: str
    kind: str = ""
    item_code: str = ""
    item_name: str = ""
    party: str = ""
    party_is_person: bool = True
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    coverage_per_mille: int = NO_COVERAGE
    missing_us: int = 0


_OF_SHOWN = tuple(one.name for one in fields(Shown))


@dataclass(frozen=True, slots=True)
class Row:
    """
    `party` is whole; who may not see it gets it masked. `faults`: kinds of picture faults. What is said of an
    enforcement is of the last one that it shows, those before it are `earlier`; `officers`, `steps` and `spoken` are
    of all of them.
    """

    recording_id: str
    department: str
    source: str
    origin: str
    layer: str
    state: str
    begun_utc_us: int
    ended_utc_us: int
    held: bool = False
    thumbnail: bool = False
    enforcement_id: str = ""
    kind: str = ""
    item_code: str = ""
    item_name: str = ""
    party: str = ""
    party_is_person: bool = True
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None
    coverage_per_mille: int = NO_COVERAGE
    missing_us: int = 0
    officers: tuple[OfficerName, ...] = ()
    steps: tuple[str, ...] = ()
    cases: tuple[CaseName, ...] = ()
    faults: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()  # texts of notes and marks
    bytes: int = 0
    earlier: tuple[Shown, ...] = ()

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Oldest first; without any, one that says nothing."""
        return (*self.earlier, Shown(*(getattr(self, name) for name in _OF_SHOWN)))

    @property
    def text(self) -> str:
        """What a word is looked for in. A natural person's name is not among it."""
        of_each = ((one.item_name, one.place, "" if one.party_is_person else one.party) for one in self.shown)
        parts = (*dict.fromkeys(part for parts in of_each for part in parts), *self.spoken)
        return normal("\n".join(part for part in parts if part)[: LONGEST_TEXT + 500 * len(self.shown)])

    @property
    def parties(self) -> str:
        """What a name is looked for in."""
        return normal("\n".join(dict.fromkeys(one.party for one in self.shown if one.party)))

    @property
    def positions(self) -> tuple[tuple[float, float], ...]:
        """Latitude and longitude of each place that is known, of the last enforcement last."""
        known = ((one.latitude, one.longitude) for one in self.shown)
        return tuple((north, east) for north, east in known if north is not None and east is not None)

    @property
    def until_utc_us(self) -> int:
        """Also of one whose clock went back."""
        return max(self.ended_utc_us, self.begun_utc_us)

    def plain(self) -> dict[str, Any]:
        """Without what is as it is by default: it is kept a million times."""
        default = {one.name: one.default for one in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != default[name]}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Row":
        """From what `plain` gave."""
        more = dict(values)
        more["officers"] = tuple(OfficerName(**one) for one in values.get("officers", ()))
        more["cases"] = tuple(CaseName(**one) for one in values.get("cases", ()))
        more["earlier"] = tuple(Shown(**one) for one in values.get("earlier", ()))
        for name in ("steps", "faults", "spoken"):
            more[name] = tuple(values.get(name, ()))
        return cls(**more)


@dataclass(frozen=True, slots=True)
class Query:
    """
    All of it must hold; what is None or empty asks nothing. `scope` is what the person may see, `department` the
    subtree that was asked for, `after` the place of the last one that was listed. `case_scope`: whose cases the
    person may know of.
    """

    limit: int
    scope: Scope = COUNTY
    department: str | None = None
    source: str = ""
    officer: str = ""  # certificate or name, normal
    enforcement_id: str = ""
    item: str = ""
    kind: str = ""
    step: str = ""
    case_number: str = ""  # normalised
    case_scope: Scope = COUNTY
    party: tuple[Run, ...] = ()
    words: tuple[Run, ...] = ()
    place: Rectangle | None = None
    from_utc_us: int | None = None
    to_utc_us: int | None = None
    missing: bool = False
    fault: str = ""
    state: str = ""
    held: bool | None = None
    unlinked: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`more_than_counted`: the number is a lower bound. `counted` is None on every page but the first."""

    rows: tuple[Row, ...]
    next_place: int | None
    counted: int | None = None
    more_than_counted: bool = False


def fits(row: Row, query: Query) -> bool:
    """Whether the row is one of the answer, pages left aside: what every index must agree with."""
    return (
        query.scope.covers(row.department)
        and (query.department is None or Scope.of(query.department).covers(row.department))
        and all(not asked or asked == had for asked, had in _single(row, query))
        and all(not asked or asked in had for asked, had in _several(row, query))
        and all(holds(row.parties, run) for run in query.party)
        and all(holds(row.text, run) for run in query.words)
        and (query.place is None or _lies_in(row, query.place))
        and (query.from_utc_us is None or row.until_utc_us >= query.from_utc_us)
        and (query.to_utc_us is None or row.begun_utc_us < query.to_utc_us)
        and (not query.missing or any(one.missing_us > 0 for one in row.shown))
        and (query.held is None or query.held == row.held)
        and not (query.unlinked and row.cases)
    )


def _single(row: Row, query: Query) -> list[tuple[str, str]]:
    return [(query.source, row.source), (query.state, row.state)]


def _several(row: Row, query: Query) -> list[tuple[str, list[str]]]:
    return [
        (query.enforcement_id, [one.enforcement_id for one in row.shown]),
        (query.kind, [one.kind for one in row.shown]),
        (query.item, [one.item_code for one in row.shown]),
        (query.officer, [normal(text) for one in row.officers for text in (one.certificate, one.name)]),
        (query.step, list(row.steps)),
        (query.case_number, [normalised(one.number) for one in row.cases if query.case_scope.covers(one.department)]),
        (query.fault, list(row.faults)),
    ]


def _lies_in(row: Row, place: Rectangle) -> bool:
    return any(place.holds(*one) for one in row.positions)
