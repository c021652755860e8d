"""The longest rule wins, a hold beats all, and nothing is kept for less than the floor."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch_server.archive.retention.policy import CaseLife, Facts, Keep, Policy, Rule, Span, keep_of, months_after


def utc_us(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


ENDED = utc_us(2026, 8, 31)
FACTS = Facts("13/02", ENDED)
POLICY = Policy(
    (
        Rule("unlinked", 6, linked=False),
        Rule("case_file", Span.CASE_FILE, linked=True),
        Rule("township", 12, department="13"),
        Rule("other", 100, department="1"),
        Rule("penalty", 24, kind="penalty"),
        Rule("inform", 36, kind="penalty", step="inform"),
        Rule("obstruction", Span.PERMANENT, class_="obstruction"),
    )
)


@pytest.mark.parametrize(
    ("facts", "until", "rule"),
    [
        (Facts("14", ENDED), utc_us(2027, 2, 28), "unlinked"),
        (FACTS, utc_us(2027, 8, 31), "township"),
        (replace(FACTS, kinds=frozenset({"penalty"})), utc_us(2028, 8, 31), "penalty"),
        (replace(FACTS, kinds=frozenset({"penalty"}), steps=frozenset({"inform"})), utc_us(2029, 8, 31), "inform"),
        (replace(FACTS, classes=frozenset({"obstruction"})), None, "obstruction"),
        (replace(FACTS, cases=(CaseLife("c1"),)), None, "case_file"),
        (replace(FACTS, cases=(CaseLife("c1", utc_us(2040, 1, 1)),)), utc_us(2040, 1, 1), "case_file"),
        (replace(FACTS, cases=(CaseLife("c1", utc_us(2040, 1, 1)), CaseLife("c2"))), None, "case_file"),
        (replace(FACTS, cases=(CaseLife("c1", utc_us(2040, 1, 1), permanent=True),)), None, "case_file"),
        (replace(FACTS, cases=(CaseLife("c1", 1),)), utc_us(2027, 8, 31), "township"),
        (replace(FACTS, holds=("h1",)), None, "held"),
    ],
)
def test_the_longest_of_all_rules_that_apply(facts: Facts, until: int | None, rule: str) -> None:
    assert keep_of(facts, POLICY) == Keep(until, rule)


def test_never_less_than_the_floor_whatever_a_rule_says() -> None:
    for policy in (Policy((Rule("short", 1),)), Policy(()), Policy((), floor_months=1)):
        assert keep_of(FACTS, policy) == Keep(utc_us(2027, 2, 28), "floor")
    assert keep_of(FACTS, Policy((), floor_months=9)).until_utc_us == utc_us(2027, 5, 31)


def test_without_a_policy_nothing_ends() -> None:
    keep = keep_of(FACTS, None)
    assert keep == Keep(None, "no policy") and not keep.over(1 << 62)


def test_a_file_that_waits_for_its_case_has_no_end() -> None:
    assert keep_of(FACTS, Policy((Rule("as file", Span.CASE_FILE),))).until_utc_us is None


def test_over_is_after_the_last_moment() -> None:
    assert not Keep(10, "x").over(10) and Keep(10, "x").over(11)


def test_months_are_those_of_the_calendar() -> None:
    assert months_after(utc_us(2027, 8, 31) + 7, 6) == utc_us(2028, 2, 29) + 7
    assert months_after(utc_us(2026, 12, 1), 1) == utc_us(2027, 1, 1)
    assert months_after(utc_us(2026, 1, 31), 1200) == utc_us(2126, 1, 31)
    assert months_after(utc_us(9990, 1, 31), 1200) > utc_us(9990, 1, 31)
