"""The list as this terminal shows it: the enforcement's own version, its standings, and the codes that may be said."""

import pytest

from terminals.enforcement.checklist import Line, StepWrong, known, lines, may_take, reasons_of
from terminals.enforcement.course import Course, State
from tests.unit.terminals.enforcement.told import choices, detail, line, step, told

CURRENT = choices(step("newer", 1), step("serve", 2), step("other_kind", 3, kinds=("licensing",)))


def running(*, run: str = "", taken: str = "", excused: str = "", of: str = "e") -> Course:
    return Course(of, State.UNDER_WAY, "penalty", {run} - {""}, {taken} - {""}, {excused} - {""})


def standings(found: list[Line] | None) -> dict[str, str]:
    assert found is not None
    return {one.step.code: one.standing for one in found}


def test_the_enforcements_own_list_goes_before_the_current_one() -> None:
    own = told(
        detail(lines=(line("serve", order=2), line("inform", order=1), line("older", "excused", "停电", order=3)))
    )
    found = lines(running(run="inform", excused="older"), own, CURRENT)
    assert standings(found) == {"inform": "running", "serve": "unrecorded", "older": "excused"}
    assert list(standings(found)) == ["inform", "serve", "older"]
    assert [one.step.code for one in found or [] if one.is_lacking] == ["serve"]
    other = lines(running(of="another"), own, CURRENT)
    assert standings(other) == {"newer": "unrecorded", "serve": "unrecorded"}
    assert lines(running(), None, None) is None


def test_what_was_done_and_has_no_recording_there_yet_is_said() -> None:
    own = told(detail(lines=(line("inform", taken=True), line("serve", "recorded", order=2))))
    found = lines(running(taken="inform"), own, None)
    assert [one.is_recorded for one in found or []] == [False, True]
    assert "服务器尚无录像" in (found or [])[0].shown() and "服务器尚无录像" not in (found or [])[1].shown()


def test_what_only_happens_sometimes_is_shown_and_never_lacking() -> None:
    (one,) = lines(running(), None, choices(step("seizure", required=False))) or []
    assert not one.is_lacking and "视情况" in one.shown()


def test_a_code_is_looked_at_before_it_is_said() -> None:
    found = lines(running(run="serve"), None, CURRENT)
    may_take(running(run="serve"), found, "serve", ends=True)
    may_take(running(), found, "newer", ends=False)
    may_take(running(), None, "whatever", ends=False)
    for code, ends in (("servve", False), ("other_kind", False), ("newer", True), ("serve", False)):
        with pytest.raises(StepWrong) as wrong:
            may_take(running(run="serve"), found, code, ends)
        assert code in wrong.value.sentence
    with pytest.raises(StepWrong, match="newer, serve"):
        known(found, ["serve", "servve"])


def test_a_reason_belongs_to_a_step() -> None:
    assert reasons_of(["serve = 当事人拒收", "newer=a=b"]) == {"serve": "当事人拒收", "newer": "a=b"}
    for entry in ("serve", "=why", "serve=", "serve=x"):
        with pytest.raises(StepWrong):
            reasons_of([entry])
