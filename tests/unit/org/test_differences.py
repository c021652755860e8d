"""What a change is told as: short, whatever was entered."""

from dataclasses import replace
from datetime import date

from dispatch_server.org.differences import LONGEST, differences
from dispatch_server.org.model import Article, Change
from tests.unit.org.county import officer, sample


def test_only_what_differs_is_told() -> None:
    before = officer()
    after = replace(before, name="贾样本", withdrawn_on=date(2026, 9, 2), version=2)
    assert differences(Change(before, after)) == {"name": "甄样本 → 贾样本", "withdrawn_on": "- → 2026-09-02"}
    assert differences(Change(None, before))["expires_on"] == "2026-09-01"


def test_long_things_are_counted_or_cut() -> None:
    before = sample().items["CF-03-001"]
    after = replace(before, name="长" * 200, basis=(Article("法", text="条" * 4000),) * 2)
    told = differences(Change(before, after))
    assert told["basis"] == "1 → 2 entries"
    assert all(len(words) <= 2 * LONGEST + 3 for words in told.values())
