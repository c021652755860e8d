"""What a search asks for, as the address says it, and as this room takes it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.cursors import CursorUnusable, read_cursor
from dispatch_server.kit.scope import NOTHING, Scope
from dispatch_server.reports.cells import Rectangle
from dispatch_server.reports.model import Query
from dispatch_server.reports.placing import FURTHEST
from dispatch_server.reports.refusals import PlaceWrong, TextUnsearchable
from dispatch_server.reports.words import Run, normal, runs

MOST_RUNS = 8


class Asked(BaseModel):
    """All that is given must hold. A recording is found when any of it lies between the two times."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    department: str | None = Field(default=None, max_length=64, description="This one and those below it.")
    source: str = Field(default="", max_length=64)
    officer: str = Field(default="", max_length=64, description="Certificate number or name, whole.")
    enforcement: str = Field(default="", max_length=36)
    item: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=16)
    step: str = Field(default="", max_length=40)
    case: str = Field(default="", max_length=80, description="The whole number, in any brackets.")
    party: str = Field(default="", max_length=80, description="Wants `recording.party`, and is put on record.")
    text: str = Field(default="", max_length=100, description="Chinese of any length, other words whole; all of them.")
    min_lat: float | None = Field(default=None, ge=-90, le=90)
    max_lat: float | None = Field(default=None, ge=-90, le=90)
    min_lon: float | None = Field(default=None, ge=-180, le=180)
    max_lon: float | None = Field(default=None, ge=-180, le=180)
    from_utc_us: int | None = Field(default=None, ge=0, lt=1 << 53)
    to_utc_us: int | None = Field(default=None, ge=0, lt=1 << 53)
    missing: bool = Field(default=False, description="Only where coverage is missing.")
    fault: str = Field(default="", max_length=16, description="Of the picture: black, covered, blurred, frozen.")
    state: Literal["", "open", "closed", "sealed", "held", "purged"] = ""
    held: bool | None = None
    unlinked: bool = Field(default=False, description="Only what is in no case.")
    cursor: str | None = Field(default=None, max_length=40)
    limit: int = Field(default=50, ge=1, le=200)


def query_of(asked: Asked, scope: Scope, case_scope: Scope = NOTHING) -> Query:
    """Raises TextUnsearchable, PlaceWrong, CursorUnusable."""
    return Query(
        limit=asked.limit,
        scope=scope,
        department=asked.department,
        source=asked.source,
        officer=normal(asked.officer).strip(),
        enforcement_id=asked.enforcement,
        item=asked.item,
        kind=asked.kind,
        step=asked.step,
        case_number=normalised(asked.case),
        case_scope=case_scope,
        party=_runs(asked.party),
        words=_runs(asked.text),
        place=_place(asked),
        from_utc_us=asked.from_utc_us,
        to_utc_us=asked.to_utc_us,
        missing=asked.missing,
        fault=asked.fault,
        state=asked.state,
        held=asked.held,
        unlinked=asked.unlinked,
        after=_after(asked.cursor) if asked.cursor else None,
    )


def _runs(text: str) -> tuple[Run, ...]:
    found = tuple(runs(normal(text)))
    if (text and not found) or len(found) > MOST_RUNS:
        raise TextUnsearchable
    return found


def _after(cursor: str) -> int:
    place, identity = read_cursor(cursor)
    if identity or place > FURTHEST:
        raise CursorUnusable
    return place


def _place(asked: Asked) -> Rectangle | None:
    edges = (asked.min_lat, asked.min_lon, asked.max_lat, asked.max_lon)
    given = [one for one in edges if one is not None]
    if not given:
        return None
    if len(given) < 4 or given[0] > given[2] or given[1] > given[3]:
        raise PlaceWrong
    return Rectangle(*given)
