"""What fits a question has a term of each of its groups; and no term of one department is another's."""

import random
from dataclasses import replace
from itertools import combinations

from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.reports.model import Query, fits
from dispatch_server.reports.terms import WHOLE_COUNTY, filed_under, inexact, looked_up, within
from tests.unit.reports.made import DEPARTMENTS, filters, query, row


def test_what_fits_is_found(seeded: random.Random) -> None:
    rows = [(one, filed_under(one)) for one in (row(number, seeded) for number in range(150))]
    found = 0
    for names in combinations(filters(seeded), 2):
        asked = query(seeded, *names)
        groups = looked_up(asked, DEPARTMENTS)
        for one, filed in rows:
            if fits(one, asked):
                assert all(group & filed for group in groups), (names, one)
                found += 1
    assert found > 1_000


def test_a_department_looks_up_nothing_of_others(seeded: random.Random) -> None:
    """So nothing of them is read, whatever they have."""
    elsewhere = [replace(row(number, seeded), department="14") for number in range(50)]
    filed = frozenset().union(*(filed_under(one) for one in elsewhere))
    for name in filters(seeded):
        asked = replace(query(seeded, name), scope=Scope.of("13"), department=None)
        assert not any(group & filed for group in looked_up(asked, DEPARTMENTS)), name
    assert any(group & filed for group in looked_up(Query(1, scope=COUNTY), DEPARTMENTS))


def test_the_whole_county_has_entries_of_its_own() -> None:
    assert within(Query(1, scope=COUNTY), DEPARTMENTS) == [WHOLE_COUNTY]
    assert within(Query(1, scope=COUNTY, department="13"), DEPARTMENTS) == ["13", "13/01", "13/02"]
    assert within(Query(1, scope=Scope.of("13/01"), department="13"), DEPARTMENTS) == ["13/01"]
    assert within(Query(1, scope=Scope.of("13"), department="14"), DEPARTMENTS) == []
    assert within(Query(1, scope=Scope.of()), DEPARTMENTS) == []


def test_who_may_see_nothing_looks_up_nothing() -> None:
    assert looked_up(Query(1, scope=Scope.of(), kind="penalty"), DEPARTMENTS) == [frozenset()]
    assert looked_up(Query(1, case_number="x", case_scope=Scope.of()), DEPARTMENTS) == [frozenset()]


def test_only_long_chinese_must_be_read_in_the_row(seeded: random.Random) -> None:
    texts = [inexact(query(seeded, "words").words) for _ in range(40)]
    assert {one for found in texts for one in found} <= {"罚款单", "当事人"}
