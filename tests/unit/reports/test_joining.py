"""What the rooms say of one recording becomes one row."""

from dataclasses import replace

from dispatch_server.reports.facts import CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.joining import MOST_SHOWN, joined
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
    row = joined(RECORDING, [(ENFORCEMENT, CoverageFacts(990, 5))], cases, ("frozen", "black", "black"), ("备注",))
    assert (row.enforcement_id, row.kind, row.item_code, row.party) == ("e", "penalty", "CF-1", "王小明")
    assert (row.officers, row.steps, row.spoken) == (OFFICERS, ("sign", "inform"), ("打点", "备注"))
    assert (row.coverage_per_mille, row.missing_us, row.faults) == (990, 5, ("black", "frozen"))
    assert [one.id for one in row.cases] == ["a", "b"]


def test_without_coverage_nothing_is_said_to_be_missing() -> None:
    row = joined(RECORDING, [(ENFORCEMENT, CoverageFacts())])
    assert (row.coverage_per_mille, row.missing_us) == (NO_COVERAGE, 0)


def test_each_of_several_enforcements_is_there() -> None:
    """A team that is on air all day has one recording."""
    third = (OfficerName("执-1", "甲"), OfficerName("执-3", "丙"))
    later = EnforcementFacts(
        "f", "licensing", "XK-1", "别的事项", third, ("serve",), "某公司", False, "别处", marks=("再打",)
    )
    row = joined(RECORDING, [(ENFORCEMENT, CoverageFacts(990, 5)), (later, CoverageFacts(1000, 0))], notes=("备注",))
    assert (row.enforcement_id, row.kind, row.party, row.missing_us) == ("f", "licensing", "某公司", 0)
    assert [one.enforcement_id for one in row.shown] == ["e", "f"]
    assert (row.shown[0].item_code, row.shown[0].missing_us, row.positions) == ("CF-1", 5, ((30.0, 110.0),))
    assert row.officers == (*OFFICERS, OfficerName("执-3", "丙"))
    assert (row.steps, row.spoken) == (("sign", "inform", "serve"), ("打点", "再打", "备注"))


def test_what_is_filed_of_one_recording_is_bounded() -> None:
    many = [(replace(ENFORCEMENT, id=f"{n:04}"), CoverageFacts()) for n in range(MOST_SHOWN + 5)]
    shown = joined(RECORDING, many).shown
    assert (len(shown), shown[-1].enforcement_id) == (MOST_SHOWN, f"{MOST_SHOWN + 4:04}")
