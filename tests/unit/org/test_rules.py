"""What an organisation must obey, each rule broken once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from dispatch_server.org import rules
from dispatch_server.org.model import Change, Delegation, DepartmentKind, EnforcementItem, Organisation, Thing
from tests.unit.org.county import NOW, department, officer, sample

SAMPLE = sample()
CLOSED = replace(SAMPLE.departments["21"], closed_utc_us=NOW)
BURNING = next(one for one in SAMPLE.delegations.values() if one.item == "CF-03-001" and one.to_department == "13")


def found(*changes: Change) -> list[str]:
    return rules.problems(SAMPLE.with_changes(changes, 99), changes)


def new(thing: Thing) -> Change:
    return Change(None, thing)


def delegation(**more: object) -> Delegation:
    return replace(BURNING, id="new", **more)  # type: ignore[arg-type]


def item(**more: object) -> EnforcementItem:
    return replace(SAMPLE.items["CF-03-001"], code="NEW", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (new(department("99/01")), "no department 99 above it"),
        (new(department("30")), "a team cannot stand there"),
        (new(department("13/05", DepartmentKind.TOWNSHIP)), "a township cannot stand there"),
        (new(department("13/01/01/01/01")), "deeper than 4"),
        (new(replace(department("30", DepartmentKind.BUREAU), name_en="")), "needs a name in English"),
        (new(replace(department("13/05"), name="综合执法一中队")), "another one beside it is called"),
        (Change(SAMPLE.departments[""], replace(SAMPLE.departments[""], closed_utc_us=NOW)), "cannot be closed"),
        (Change(SAMPLE.departments["13"], replace(SAMPLE.departments["13"], closed_utc_us=NOW)), "would stay open"),
        (
            Change(SAMPLE.departments["03"], replace(SAMPLE.departments["03"], kind=DepartmentKind.TOWNSHIP)),
            "it owns enforcement items",
        ),
        (
            Change(SAMPLE.departments["14"], replace(SAMPLE.departments["14"], kind=DepartmentKind.BUREAU)),
            "delegated by or to it",
        ),
        (new(officer(department="99")), "there is no department 99"),
        (new(officer(department="")), "there is no department"),
        (new(officer(valid_from=date(2030, 1, 1))), "expires before it is valid"),
        (new(officer(certificate="样例-13-001")), "another officer has this certificate number"),
        (new(item(department="13")), "13 is not a county department"),
        (new(delegation()), "covers some of these days"),
        (new(delegation(since=date(2030, 1, 1))), "covers some of these days"),
        (new(delegation(since=date(2024, 1, 1), until=date(2023, 1, 1))), "ends before it begins"),
        (new(delegation(item="NONE")), "there is no item NONE"),
        (new(delegation(from_department="14")), "14 is not a county department"),
        (new(delegation(to_department="13/01")), "13/01 is not a township"),
        (new(delegation(to_department="04")), "04 is not a township"),
    ],
)
def test_every_rule_is_seen_to_be_broken(change: Change, sentence: str) -> None:
    assert any(sentence in one for one in found(change)), found(change)


def test_what_keeps_the_rules_is_let_through() -> None:
    ended = replace(BURNING, until=date(2026, 6, 30), version=2)
    assert found(Change(BURNING, ended), new(delegation(since=date(2026, 7, 1)))) == []
    assert found(new(officer()), new(item()), new(department("13/05"))) == []
    assert found(new(delegation(from_department="04"))) == []  # two departments may delegate the same


def test_a_closed_department_takes_nobody_new_but_who_is_there_can_be_corrected() -> None:
    closing = Change(SAMPLE.departments["21"], CLOSED)
    there = SAMPLE.officers_by_certificate["样例-21-001"]
    assert found(closing, new(officer(department="21"))) == ["officer 样例-1: department 21 is closed"]
    assert "department 21/01: what is above it is closed" in found(closing, new(department("21/01")))
    assert found(closing, Change(there, replace(there, withdrawn_on=date(2026, 9, 1)))) == []
    bureau = Change(SAMPLE.departments["03"], replace(SAMPLE.departments["03"], closed_utc_us=NOW))
    assert found(bureau, new(item())) == ["item NEW: department 03 is closed"]


def test_a_person_is_one_officer_at_a_time() -> None:
    both = new(officer(person_id="p")), new(officer(id="o2", certificate="样例-2", person_id="p"))
    assert found(*both) == [f"officer 样例-{n}: another officer is the person p" for n in (1, 2)]
    left = new(officer(id="o2", certificate="样例-2", person_id="p", closed_utc_us=NOW))
    assert found(both[0], left) == []


def test_a_closed_item_is_delegated_to_nobody_new() -> None:
    before = SAMPLE.items["CF-03-001"]
    closing = Change(before, replace(before, closed_utc_us=NOW))
    earlier = delegation(since=date(2024, 1, 1), until=date(2024, 2, 1))
    assert any("the item is closed" in one for one in found(closing, new(earlier)))


def test_there_is_a_bound_to_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    make: Callable[[], list[str]] = lambda: rules.problems(SAMPLE, [])  # noqa: E731
    assert make() == []
    monkeypatch.setitem(rules.MOST, "items", 3)
    assert make() == ["There may be at most 3 items."]
    assert rules.problems(Organisation(), []) == []
