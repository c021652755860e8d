"""An organisation's file: what it may say, and every mistake named at its place."""

from pathlib import Path

import pytest

from dispatch_server.org.refusals import MOST_LINES, FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES, read_departments, read_organisation
from tests.unit.org.county import FILES, sample

ITEM = "items:\n  - {code: CF-1, name: 甲, kind: penalty, department: '03', basis: [{law: 法}]}\n"
GIVEN = "  - {document: 文, from: '03', since: 2025-01-01, items: [CF-1], to: ['13']}\n"
OFFICER = "  - {certificate: 样例-1, name: 甲, department: '13', expires_on: 2029-12-31}\n"


def test_the_sample_is_what_it_says() -> None:
    county = sample()
    assert (len(county.departments), len(county.items), len(county.officers)) == (24, 17, 21)
    assert len(county.delegations) == 9 * (3 + 2 + 3) + 9 + 2 + 3
    assert all("SAMPLE" in Path("config", name).read_text(encoding="utf-8") for name in FILES[1:])
    assert county.departments["13/02"].name == "综合执法二中队"
    kinds = {kind: sum(one.kind == kind for one in county.departments.values()) for kind in ("township", "bureau")}
    assert kinds == {"township": 9, "bureau": 11}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ITEM.replace("penalty", "fine"), "item CF-1: kind: Input should be"),
        (ITEM.replace("CF-1", "cf 1"), "item cf 1: code: String should match"),
        (ITEM.replace("[{law: 法}]", "[]"), "item CF-1: basis: List should have at least 1"),
        (ITEM.replace("law: 法", "law: 法, artikel: x"), "item CF-1: basis.0.artikel: there is no such key"),
        (ITEM.replace("'03'", "3"), "item CF-1: department: Input should be a valid string"),
        (ITEM + ITEM.replace("items:\n", ""), "items: code CF-1 is given twice"),
        ("officers:\n" + OFFICER.replace("2029-12-31", "tomorrow"), "officer 样例-1: expires_on: Input should be"),
        ("officers:\n" + OFFICER.replace("2029-12-31", "2029-02-31"), "x.yaml: "),
        ("officers:\n" + OFFICER * 2, "officers: certificate 样例-1 is given twice"),
        ("officers:\n" + OFFICER.replace("甲", '"a\\e[2J"'), "control characters"),
        ("delegations:\n" + GIVEN + GIVEN.replace("文", "别文"), "CF-1 03 13 2025-01-01 is given twice"),
        ("delegations:\n" + GIVEN.replace("from", "von"), "delegation 文: from: Field required"),
        ("departments:\n  - 1\n", "department no. 1: Input should be"),
        ("departments: 7\n", "departments: Input should be a valid list"),
        ("county: 甲\n", "county and county_en go together"),
        ("- 1\n", "x.yaml: Input should be"),
        ("a: 1\n", "a: there is no such key"),
    ],
)
def test_a_mistake_is_named_in_words(text: str, sentence: str) -> None:
    with pytest.raises(FileWrong) as caught:
        read_organisation(text, "x.yaml")
    assert sentence in caught.value.sentence
    assert caught.value.sentence.startswith("x.yaml: ")


def test_teams_have_codes_of_their_own_beside_each_other() -> None:
    team = "{code: '01', name: 甲队}"
    line = "departments:\n  - {{code: '13', name: 甲, name_en: A, kind: township, teams: [{}]}}\n"
    assert read_organisation(line.format(team), "x").departments[0].teams[0].name == "甲队"
    with pytest.raises(FileWrong, match="teams of 13: code 01 is given twice"):
        read_organisation(line.format(f"{team}, {team}"), "x")


def test_a_few_documents_cannot_make_millions_of_delegations() -> None:
    many = f"items: [{', '.join(f'CF-{n}' for n in range(4000))}], to: ['13', '14', '15', '16', '17', '18']"
    with pytest.raises(FileWrong, match="more than 20000 delegations"):
        read_organisation("delegations:\n" + GIVEN.replace("items: [CF-1], to: ['13']", many), "x")


def test_a_file_with_a_thousand_mistakes_names_the_first_ones() -> None:
    lines = "".join(f"  - {{certificate: 样例-{n}, name: 1, department: '13'}}\n" for n in range(1000))
    with pytest.raises(FileWrong) as caught:
        read_organisation("officers:\n" + lines, "x")
    assert (len(caught.value.lines), caught.value.lines[-1]) == (MOST_LINES + 1, f"and {2000 - MOST_LINES} more")


def test_a_large_file_is_not_looked_at() -> None:
    with pytest.raises(FileTooLarge):
        read_organisation("#" * (LARGEST_FILE_BYTES + 1), "x")


def test_the_countys_own_file_must_name_the_county() -> None:
    assert read_organisation(ITEM, "x").departments == []
    with pytest.raises(FileWrong, match="county: Field required"):
        read_departments(ITEM, "x")
