"""What the rooms say of one recording becomes one row."""

from dispatch_server.reports.facts import CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.joining import joined
from dispatch_server.reports.model import NO_COVERAGE, CaseName, OfficerName

RECORDING = RecordingFacts("r", "13", "T1301", "server", "main", "open", 1_000, 0, bytes=77)
OFFICERS = (OfficerName("执-1", "甲"), OfficerName("执-2", "乙"))
STEPS = ("sign", "inform", "sign")
ENFORCEMENT = EnforcementFacts(
    "e", "penalty", "CF-1", "某事项", OFFICERS, STEPS, "王小明", True, "某路", 30.0, 110.0, ("打点",)
)


def test_a_recording_alone_says_only_what_it_is() -> None:
    row = joined(RECORDING, notes=("备注",))
    assert row.ended_utc_us == row.begun_utc_us == 1_000
    assert (row.enforcement_id, row.officers, row.coverage_per_mille) == ("", (), NO_COVERAGE)
    assert (row.spoken, row.bytes) == (("备注",), 77)


def test_with_all_of_it_nothing_is_left_out() -> None:
    cases = (CaseName("b", "2号", "13"), CaseName("a", "1号", "13"))
    row = joined(RECORDING, ENFORCEMENT, CoverageFacts(990, 5), cases, ("frozen", "black", "black"), ("备注",))
    assert (row.enforcement_id, row.kind, row.item_code, row.party) == ("e", "penalty", "CF-1", "王小明")
    assert (row.officers, row.steps, row.spoken) == (OFFICERS, ("sign", "inform"), ("打点", "备注"))
    assert (row.coverage_per_mille, row.missing_us, row.faults) == (990, 5, ("black", "frozen"))
    assert [one.id for one in row.cases] == ["a", "b"]


def test_without_coverage_nothing_is_said_to_be_missing() -> None:
    row = joined(RECORDING, ENFORCEMENT)
    assert (row.coverage_per_mille, row.missing_us) == (NO_COVERAGE, 0)
