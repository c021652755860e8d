"""The file of policies: what ships can be read, and each mistake is named with its line."""

from pathlib import Path

import pytest

from dispatch_server.archive.retention.policy import Rule, Span
from dispatch_server.archive.retention.policy_file import PolicyWrong, read_policy, read_policy_file

SHIPPED = Path("config/retention.yaml")


def wrong(text: str) -> list[str]:
    with pytest.raises(PolicyWrong) as raised:
        read_policy(text.encode(), "r.yaml")
    return raised.value.lines


def test_what_ships_says_what_its_comments_say() -> None:
    policy = read_policy_file(SHIPPED)
    assert policy is not None and policy.floor_months == 6 and len(policy.digest) == 64
    kept = {rule.name: rule.keep for rule in policy.rules}
    assert kept["unlinked"] == 6 and kept["case_file"] is Span.CASE_FILE
    for name in ("obstruction", "complaint", "litigation", "mass_event"):
        assert kept[name] is Span.PERMANENT
    assert "不是法律条文" in SHIPPED.read_text("utf-8")


def test_conditions_are_read() -> None:
    text = (
        'rules:\n  - { name: a, keep: 12, department: "13", kind: penalty, step: inform, class: scene, linked: true }\n'
    )
    assert read_policy(text.encode(), "r").rules == (Rule("a", 12, "13", "penalty", "inform", "scene", True),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("floor_months: 5\nrules: []\n", "r.yaml, line 1: floor_months must be 6 to 1200"),
        ("rules: []\nflor: 1\n", "r.yaml, line 2: flor is not known"),
        ("rules:\n  - name: a\n    keep: for ever\n", "r.yaml, line 3: keep must be"),
        ("rules:\n  - name: a\n    keep: true\n", "r.yaml, line 3: keep must be"),
        ("rules:\n  - name: a\n    keep: 0\n", "r.yaml, line 3: keep must be"),
        ("rules:\n  - keep: 7\n", "r.yaml, line 2: name must be a text"),
        ("rules:\n  - name: a\n    keep: 7\n    department: 13\n", "r.yaml, line 4: department must be a text"),
        ("rules:\n  - name: a\n    keep: 7\n    linked: 1\n", "r.yaml, line 4: linked must be"),
        ("rules:\n  - name: a\n    keep: 7\n    klass: b\n", "r.yaml, line 4: klass is not known"),
        ("rules:\n  - {name: a, keep: 7}\n  - {name: a, keep: 8}\n", "r.yaml, line 3: the name a is given twice"),
        ("rules: 7\n", "r.yaml, line 1: rules must be a list"),
        ("rules:\n  - a\n", "r.yaml, line 2: a rule must have"),
        ("- a\n", "r.yaml, line 1: must be"),
        ("rules: &x [*x]\n", "r.yaml: line 1: aliases are not accepted"),
        ("rules: [\n", "r.yaml: "),
        ("floor_months: 7\nfloor_months: 8\n", "r.yaml: floor_months is given twice"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: str) -> None:
    assert wrong(text)[0].startswith(line)


def test_all_mistakes_are_named_at_once() -> None:
    assert len(wrong("floor_months: 1\nrules:\n  - name: a\n    keep: x\n  - b\n")) == 3


def test_no_file_is_no_policy_and_a_huge_or_foreign_one_is_wrong(tmp_path: Path) -> None:
    assert read_policy_file(tmp_path / "none.yaml") is None
    for data in (b"#" * 300_000, b"\xff\xfe"):
        with pytest.raises(PolicyWrong):
            read_policy(data, "r.yaml")
    with pytest.raises(PolicyWrong, match="cannot be read"):
        read_policy_file(tmp_path)
