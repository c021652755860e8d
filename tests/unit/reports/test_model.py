"""A row says what it is found by, comes back as it was kept, and fits a question or does not."""

import random
from dataclasses import replace

from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.reports.model import LONG_US, CaseName, Query, Row, fits
from dispatch_server.reports.words import Run, normal, runs
from tests.unit.reports.made import row

PLAIN = Row("r1", "13", "T1301", "server", "main", "closed", 1_000, 2_000)


def test_a_row_comes_back_as_it_was_kept(seeded: random.Random) -> None:
    for number in range(50):
        one = row(number, seeded)
        assert Row.of(one.plain()) == one
    assert len(PLAIN.plain()) == 8


def test_a_persons_name_is_not_in_the_text_and_a_companys_is() -> None:
    person = replace(PLAIN, party="王小明", party_is_person=True, spoken=("当事人到场",))
    assert "王" not in person.text and "当事人" in person.text
    assert "王小明" in replace(person, party_is_person=False).text
    name = tuple(runs(normal("王小明")))
    assert fits(person, Query(1, party=name)) and not fits(person, Query(1, words=name))


def test_what_lasts_for_weeks_is_found_up_to_its_end() -> None:
    long = replace(PLAIN, ended_utc_us=PLAIN.begun_utc_us + 30 * LONG_US)
    assert fits(long, Query(1, from_utc_us=PLAIN.begun_utc_us + 30 * LONG_US))
    assert not fits(long, Query(1, from_utc_us=PLAIN.begun_utc_us + 30 * LONG_US + 1))
    assert fits(replace(PLAIN, ended_utc_us=0), Query(1, from_utc_us=1_000))


def test_cases_of_others_are_not_found_by_their_number() -> None:
    linked = replace(PLAIN, cases=(CaseName("c", "罚(2026) 1号", "02"),))
    assert fits(linked, Query(1, case_number="罚〔2026〕1号", case_scope=COUNTY))
    assert not fits(linked, Query(1, case_number="罚〔2026〕1号", case_scope=Scope.of("13")))
    assert not fits(linked, Query(1, unlinked=True))


def test_all_of_it_must_hold() -> None:
    one = replace(PLAIN, kind="penalty", steps=("sign",), spoken=("罚款单",))
    asked = Query(1, scope=Scope.of("13"), kind="penalty", step="sign", words=(Run("罚款", True),))
    assert fits(one, asked)
    assert not fits(one, replace(asked, scope=Scope.of("14")))
    assert not fits(one, replace(asked, step="serve"))
    assert not fits(one, replace(asked, department="130"))
