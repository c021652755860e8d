"""There and back: what was exported changes nothing when it is imported, whatever people have entered."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dispatch_server.org import exporting, importing
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.model import Article, Change, Organisation, Thing, Tier
from dispatch_server.org.sheet_file import read_organisation
from dispatch_server.org.spreadsheet import read_workbook
from dispatch_server.org.spreadsheet_writing import as_workbook
from dispatch_server.protocol.organisation import LongLabel
from tests.unit.org.county import NOW, department, new_id, officer, sample, with_file

SAMPLE = sample()
LONG_LABEL: TypeAdapter[str] = TypeAdapter(LongLabel)
THERE_AND_BACK: dict[str, Callable[[Organisation], OrganisationFile]] = {
    "yaml": lambda one: read_organisation(exporting.as_yaml(one), "x.yaml"),
    "xlsx": lambda one: read_workbook(as_workbook(one), "x.xlsx"),
}
NASTY = [
    *("=1+1", "+86", "-1", "@x", "'quoted", "''", "'=x", "01", "1e3", "true", "是", "null", "~", "2026-01-01", "a: b"),
    *("# x", "- x", "&a", "*a", "!x", "%x", "a\nb", "a\tb", "_x0041_", "<&>\"'", '=HYPERLINK("http://evil")', "😀"),
    *("\u2028x", "、"),
]


def with_things(*things: Thing) -> Organisation:
    return SAMPLE.with_changes([Change(None, one) for one in things], 99)


def full() -> Organisation:
    """With everything that a file can say: closed things, deep teams, a revoked delegation."""
    given_up = next(iter(SAMPLE.delegations.values()))
    return with_things(
        department("13/01/01"),
        department("15/01", closed_utc_us=5),
        officer(closed_utc_us=5, valid_from=date(2020, 1, 1), withdrawn_on=date(2021, 1, 1), person_id="p-1"),
        replace(SAMPLE.items["CF-02-002"], closed_utc_us=5),
        replace(given_up, closed_utc_us=5, until=date(2026, 1, 1)),
    )


def is_same(one: Organisation, form: str) -> bool:
    plan = importing.plan(one, THERE_AND_BACK[form](one), new_id, NOW)
    everything = len(one.departments) + len(one.officers) + len(one.items) + len(one.delegations)
    return (len(plan.changes), plan.unchanged) == (0, everything)


@pytest.mark.parametrize("form", THERE_AND_BACK)
def test_an_export_changes_nothing_where_it_comes_from(form: str) -> None:
    assert is_same(SAMPLE, form)
    assert is_same(full(), form)


@pytest.mark.parametrize("form", THERE_AND_BACK)
def test_an_export_makes_the_same_in_an_empty_county(form: str) -> None:
    before = full()
    after = with_file(Organisation(), THERE_AND_BACK[form](before))
    assert exporting.plain_values(after) == exporting.plain_values(before)


def named(text: str) -> Organisation:
    """A small county in which everything is called so."""
    item = replace(
        SAMPLE.items["CF-03-001"],
        name=text,
        basis=(Article(text, text[:60].strip(), text),),
        tiers=(Tier(text, text[:60].strip() or "x", text),),
    )
    bureau = replace(SAMPLE.departments["03"], name=text[:60].strip())
    things = (SAMPLE.departments[""], bureau, item)
    return Organisation().with_changes([Change(None, one) for one in things], 1)


@pytest.mark.parametrize("form", THERE_AND_BACK)
@pytest.mark.parametrize("text", NASTY)
def test_nasty_words_come_back_as_they_were(form: str, text: str) -> None:
    assert is_same(named(LONG_LABEL.validate_python(text).strip()), form)


@pytest.mark.parametrize("form", THERE_AND_BACK)
@given(text=st.text(min_size=1, max_size=70))
@settings(max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_any_words_come_back_as_they_were(form: str, text: str) -> None:
    try:
        text = LONG_LABEL.validate_python(text).strip()
    except ValidationError:
        return
    if text:
        assert is_same(named(text), form)


def test_a_file_takes_nothing_away_and_changes_what_it_names() -> None:
    file = read_organisation(
        "officers: [{certificate: 样例-13-001, name: 新名, department: '14', expires_on: 2030-01-01}]", "x"
    )
    plan = importing.plan(SAMPLE, file, new_id, NOW)
    (change,) = plan.changes
    assert (change.what, change.after.version, plan.unchanged) == ("changed", 2, 0)
    assert (plan.count("changed"), plan.count("created")) == (1, 0)
    assert change.before is not None and change.after.key == change.before.key


def test_a_person_that_a_file_does_not_speak_of_stays() -> None:
    base = with_things(officer(person_id="p-1"))
    line = "{certificate: 样例-1, name: 甄样本, department: '13', expires_on: 2026-09-01%s}"
    assert importing.plan(base, read_organisation(f"officers: [{line % ''}]", "x"), new_id, NOW).changes == ()
    other = read_organisation(f"officers: [{line % ', person: p-2'}]", "x")
    assert len(importing.plan(base, other, new_id, NOW).changes) == 1


def test_closing_keeps_its_moment() -> None:
    line = "departments: [{code: '14', name: 东河镇, name_en: Donghe Town, kind: township, closed: true}]"
    closed = with_file(SAMPLE, read_organisation(line, "x"), utc_us=7)
    assert closed.departments["14"].closed_utc_us == 7
    assert importing.plan(closed, read_organisation(line, "x"), new_id, 8).changes == ()
