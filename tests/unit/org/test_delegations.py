"""Whom a township asks: who delegated the item to it at that moment, and the supervision centre."""

from dataclasses import replace
from datetime import date

from dispatch_server.org.delegations import delegated_to, delegations_of, desks_for, in_force
from dispatch_server.org.model import Change, Delegation, Organisation, Thing
from tests.unit.org.county import NOW, moment, sample

SAMPLE = sample()
BURNING = SAMPLE.items["CF-03-001"]


def changed(before: Thing, after: Thing) -> Organisation:
    return SAMPLE.with_changes([Change(before, after)], 99)


def test_the_delegating_department_and_the_centre_are_called() -> None:
    desks = desks_for(SAMPLE, BURNING, "13", NOW)
    assert (desks.departments, desks.centres, desks.is_delegated, desks.item_version) == (("03",), ("01",), True, 1)
    assert desks_for(SAMPLE, BURNING, "13/02", NOW) == desks  # a team has what its township has


def test_an_item_that_nobody_delegated_goes_to_its_owner() -> None:
    desks = desks_for(SAMPLE, SAMPLE.items["CF-04-001"], "21", NOW)
    assert (desks.departments, desks.is_delegated) == (("04",), False)


def test_a_delegation_holds_from_its_first_to_its_last_day() -> None:
    one = Delegation(
        id="d", item="X", from_department="03", to_department="13", document="x", since=date(2026, 1, 1),
        until=date(2026, 12, 31),
    )  # fmt: skip
    assert not in_force(one, moment("2025-12-31T23:59:59+08:00"))
    assert in_force(one, moment("2026-01-01T00:00:00+08:00"))
    assert in_force(one, moment("2026-12-31T23:59:59+08:00"))
    assert not in_force(one, moment("2027-01-01T00:00:00+08:00"))
    assert in_force(replace(one, closed_utc_us=NOW), NOW - 1)
    assert not in_force(replace(one, closed_utc_us=NOW), NOW)


def test_before_it_was_delegated_nobody_had() -> None:
    assert delegations_of(SAMPLE, "CF-03-001", "13", moment("2024-06-01T00:00:00+08:00")) == ()


def test_a_closed_department_delegates_nothing_and_is_not_called() -> None:
    closed = changed(SAMPLE.departments["03"], replace(SAMPLE.departments["03"], closed_utc_us=NOW))
    desks = desks_for(closed, BURNING, "13", NOW)
    assert (desks.departments, desks.centres, desks.is_delegated) == ((), ("01",), False)


def test_an_abolished_item_is_delegated_to_nobody_but_its_owner_answers() -> None:
    abolished = replace(BURNING, closed_utc_us=NOW)
    after = changed(BURNING, abolished)
    assert desks_for(after, abolished, "13", NOW).departments == ("03",)
    assert not desks_for(after, abolished, "13", NOW).is_delegated
    assert BURNING in delegated_to(SAMPLE, "13", NOW)
    assert abolished not in delegated_to(after, "13", NOW)


def test_every_township_has_what_the_sample_delegated_to_it() -> None:
    assert [one.code for one in delegated_to(SAMPLE, "21", NOW)] == [
        "CF-03-001", "CF-03-002", "CF-03-003", "CF-05-001", "CF-05-002", "CF-06-001", "CF-06-002", "CF-06-003",
    ]  # fmt: skip
    assert delegated_to(SAMPLE, "03", NOW) == ()
    # The market bureau's ends with 2027.
    assert len(delegated_to(SAMPLE, "13", NOW)) - len(delegated_to(SAMPLE, "13", moment("2028-01-01T12:00:00Z"))) == 1
