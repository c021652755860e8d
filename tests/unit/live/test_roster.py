"""The county's file: what it says, and what is said about a wrong one."""

from pathlib import Path

import pytest

from dispatch_server.live.roster import RosterWrong, read_roster
from tests.unit.live.room import county

HEAD = "county: 示范县\ncounty_en: Shifan\ndepartments:\n"
GOOD = '  - {code: "01", name: 甲局, name_en: A, kind: bureau}\n'


def test_the_file_that_comes_with_it_has_21_departments_with_two_terminals_each() -> None:
    roster = county()
    assert len(roster.departments) == 21
    assert len(roster.terminals) == 42
    assert {kind.kind for kind in roster.departments.values()} == {"centre", "bureau", "township"}
    assert roster.terminals["T0702"].name == "县交通运输局2号终端"
    assert roster.department_of("T0702") == "07"
    assert roster.department_of("guest-a") == ""
    assert roster.may_publish("T0702") and roster.may_publish("console-a") and not roster.may_publish("T0703")


def test_terminals_may_have_names_of_their_own() -> None:
    text = HEAD + '  - {code: "01", name: 甲局, name_en: A, kind: bureau, terminals: [甲, 乙, 丙]}\n'
    assert list(read_roster(text).terminals) == ["T0101", "T0102", "T0103"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEAD + GOOD.replace('"01"', "01"), "department 1: code: Input should be a valid string"),
        (HEAD + GOOD.replace('"01"', '"1"'), "department 1: code: String should match"),
        (HEAD + GOOD + GOOD.replace("bureau", "county"), "department 01: kind: Input should be 'centre'"),
        (HEAD + GOOD + GOOD.replace("甲", "乙"), "departments: code 01 is given twice"),
        (HEAD + GOOD.replace("kind", "art"), "there is no such key"),
        ("county: 示范县\ncounty_en: S\n", "departments: Field required"),
        (HEAD + "  - {code: [}\n", "line 4"),
        ("", "x.yaml: Input should be"),
    ],
)
def test_a_mistake_is_named_in_words(text: str, sentence: str) -> None:
    with pytest.raises(RosterWrong) as caught:
        read_roster(text, "x.yaml")
    assert sentence in caught.value.sentence
    assert caught.value.sentence.startswith("x.yaml: ")


def test_the_file_is_utf_8() -> None:
    assert "示范县" in Path("config/departments.yaml").read_text(encoding="utf-8")
