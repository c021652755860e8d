"""Single edits: versions that were seen, keys that are never given again, teams that take their people along."""

import pytest

from dispatch_server.org.editing import changed, created, moved
from dispatch_server.org.model import Department, Officer
from dispatch_server.org.refusals import PathTaken, ThingUnknown, VersionOutdated
from dispatch_server.org.rules import problems
from tests.unit.org.county import NOW, department, officer, sample

SAMPLE = sample()


def test_a_key_that_is_in_use_is_refused() -> None:
    for thing in (
        department("13/01"),
        officer(certificate="样例-13-001"),
        SAMPLE.items["CF-03-001"],
        next(iter(SAMPLE.delegations.values())),
    ):
        with pytest.raises(PathTaken):
            created(thing)(SAMPLE)
    assert [one.what for one in created(department("13/03"))(SAMPLE)] == ["created"]


def test_who_has_not_seen_the_newest_changes_nothing() -> None:
    with pytest.raises(VersionOutdated):
        changed("departments", "13", 2, False, NOW, {"name": "x"})(SAMPLE)
    with pytest.raises(ThingUnknown):
        changed("departments", "77", 1, False, NOW, {"name": "x"})(SAMPLE)


def test_a_change_has_the_next_version_and_no_change_has_none() -> None:
    (one,) = changed("departments", "14", 1, False, NOW, {"name": "新名"})(SAMPLE)
    assert isinstance(one.after, Department)
    assert (one.after.version, one.after.name, one.after.name_en) == (2, "新名", "Donghe Town")
    assert changed("departments", "14", 1, False, NOW, {"name": "东河镇"})(SAMPLE) == []


def test_closing_a_department_closes_its_teams_and_opening_it_opens_only_itself() -> None:
    changes = changed("departments", "13", 1, True, NOW, {"name": "旧镇"})(SAMPLE)
    assert [(one.what, one.after.key) for one in changes] == [
        ("closed", "13"),
        ("closed", "13/01"),
        ("closed", "13/02"),
    ]
    after = SAMPLE.with_changes(changes, 99)
    assert problems(after, changes) == []
    assert after.departments["13"].name == "旧镇"
    again = changed("departments", "13", 2, False, NOW, {})(after)
    assert [(one.what, one.after.key) for one in again] == [("reopened", "13")]


def test_a_moved_team_takes_its_officers_along() -> None:
    changes = moved("13/01", 1, "14", "01", NOW)(SAMPLE)
    after = SAMPLE.with_changes(changes, 99)
    assert problems(after, changes) == []
    officers = [one.after for one in changes if isinstance(one.after, Officer)]
    assert {one.certificate for one in officers} == {"样例-13-001", "样例-13-002"}
    assert {one.department for one in officers} == {"14/01"}
    assert after.officers_by_certificate["样例-13-003"].department == "13/02"
