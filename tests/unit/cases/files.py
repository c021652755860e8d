"""A case file with what a test wants in it."""

from datetime import date
from typing import Any

from dispatch_server.cases.model import Case, Exhibit, KeptFor, Link, Party, PartyKind, Retention, Thing

NOW = 1_790_000_000_000_000
TEN_YEARS = Retention(KeptFor.YEARS, 10)


def case(**more: Any) -> Case:
    values: dict[str, Any] = {
        "id": "case-0001",
        "number": "罚〔2026〕1号",
        "department": "13",
        "year": 2026,
        "cause": "无证经营",
        "party": Party(PartyKind.PERSON, "王小明"),
        "officers": ("执-1", "执-2"),
        "filed_on": date(2026, 9, 1),
        "decided_on": date(2026, 9, 20),
        "retention": TEN_YEARS,
        "opened_utc_us": NOW,
        "opened_by": "person:p",
        "changed_utc_us": NOW,
    }
    return Case(**values | more)


def link(thing: Thing, thing_id: str, **more: Any) -> Link:
    made = {"linked_utc_us": NOW, "linked_by": "person:p"}
    return Link(**{"id": f"l-{thing_id}", "case_id": "case-0001", "thing": thing, "thing_id": thing_id, **made, **more})


def exhibit(recording_id: str, begin: int | None = None, end: int | None = None, **more: Any) -> Exhibit:
    words = {"proves": "当事人签收", "made_utc_us": NOW, "made_by": "person:p"}
    place = {"recording_id": recording_id, "from_utc_us": begin, "to_utc_us": end}
    return Exhibit(**{"id": f"x-{recording_id}", "case_id": "case-0001", **place, **words, **more})
