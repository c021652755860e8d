"""One unchanging whole: a change makes another."""

from dataclasses import replace

from dispatch_server.org.model import Change, Organisation
from tests.unit.org.county import NOW, officer, sample


def test_a_change_leaves_the_whole_before_it_as_it_was() -> None:
    base = sample()
    before = base.departments["13"]
    after = base.with_changes([Change(before, replace(before, name="新名"))], base.revision + 1)
    assert (base.departments["13"].name, after.departments["13"].name) == ("城关镇", "新名")
    assert after.items is not None and after.revision == base.revision + 1
    assert Organisation().is_empty and not base.is_empty


def test_a_change_says_what_it_does() -> None:
    one = sample().departments["13"]
    closed = replace(one, closed_utc_us=NOW)
    assert (Change(None, one).what, Change(one, replace(one, name="x")).what) == ("created", "changed")
    assert (Change(one, closed).what, Change(closed, one).what, Change(one, closed).kind) == (
        "closed",
        "reopened",
        "department",
    )


def test_delegations_and_officers_are_found_by_what_they_are_called() -> None:
    base = sample()
    (one,) = base.delegations_by_item_and_township["CF-02-001", "13"]
    assert one.natural_key[:3] == ("CF-02-001", "02", "13")
    assert base.officers_by_person == {}
    signed_in = base.with_changes([Change(None, officer(person_id="p"))], 9)
    assert signed_in.officers_by_person["p"].certificate == "样例-1"
    assert base.officers_by_certificate["样例-13-001"].department == "13/01"
    assert (one.key, base.items["CF-02-001"].key) == (one.id, "CF-02-001")
