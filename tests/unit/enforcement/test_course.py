"""What each happening makes of a course, late ones too; and that no row of happenings leaves the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.enforcement import course as courses
from dispatch_server.enforcement import refusals
from dispatch_server.enforcement.model import LIFE, Check, Course, Happening, Kind, State, Trouble
from dispatch_server.kit.errors import Refusal
from tests.unit.enforcement.samples import STEPS, at, opened

WELL = Check(80.0, False, 1 << 34, 0)
MISSING = {"spoken_notice": "突发情况", "show_certificate": "对方逃离"}


def begun(kind: Kind = Kind.PENALTY) -> Course:
    return courses.begin(opened(kind), at(10), WELL, "")


def finished() -> Course:
    return courses.finish(begun(), at(100), "", MISSING, STEPS)


def test_the_check_warns_and_a_reason_lets_it_begin() -> None:
    check = Check(5.0, troubles=(Trouble.BATTERY_LOW,))
    with pytest.raises(refusals.CheckNeedsReason):
        courses.begin(opened(), at(1), check, "")
    one = courses.begin(opened(), at(1), check, "现场紧急").enforcement
    assert (one.state, one.check, one.check_reason) == (State.UNDER_WAY, check, "现场紧急")


def test_it_begins_once_and_not_before_it_was_opened() -> None:
    with pytest.raises(refusals.MomentWrong):
        courses.begin(opened(), at(-1), WELL, "")
    with pytest.raises(refusals.WrongState):
        courses.begin(begun(), at(11), WELL, "")


def test_a_step_begins_and_ends_and_may_come_again() -> None:
    course = courses.begin_step(begun(), at(11), "show_certificate", STEPS)
    with pytest.raises(refusals.StepRuns):
        courses.begin_step(course, at(12), "show_certificate", STEPS)
    course = courses.end_step(course, at(13), "show_certificate")
    with pytest.raises(refusals.StepRunsNot):
        courses.end_step(course, at(14), "show_certificate")
    course = courses.begin_step(course, at(15), "show_certificate", STEPS)
    assert [(one.number, one.ended_utc_us) for one in course.steps] == [(1, at(13).utc_us), (2, None)]


def test_a_step_of_another_kind_is_none() -> None:
    with pytest.raises(refusals.StepUnknown):
        courses.begin_step(begun(), at(11), "inventory", STEPS)
    courses.begin_step(begun(Kind.COMPULSION), at(11), "inventory", STEPS)


def test_a_step_does_not_end_before_it_begins() -> None:
    course = courses.begin_step(begun(), at(20), "show_certificate", STEPS)
    with pytest.raises(refusals.MomentWrong):
        courses.end_step(course, at(19), "show_certificate")


def test_pauses_have_reasons_and_do_not_overlap() -> None:
    course = courses.pause(begun(), at(20), "换电池")
    with pytest.raises(refusals.PausedAlready):
        courses.pause(course, at(21), "又")
    course = courses.resume(course, at(30), "电池已换")
    with pytest.raises(refusals.NotPaused):
        courses.resume(course, at(31), "")
    with pytest.raises(refusals.MomentWrong):
        courses.pause(course, at(25), "更早")
    pause = course.pauses[0]
    assert (pause.reason, pause.resume_reason, pause.to_utc_us) == ("换电池", "电池已换", at(30).utc_us)


def test_what_is_missing_at_the_end_wants_a_reason_for_each() -> None:
    with pytest.raises(refusals.StepsMissing, match="spoken_notice, show_certificate"):
        courses.finish(begun(), at(100), "", {}, STEPS)
    with pytest.raises(refusals.StepsMissing, match=": show_certificate"):
        courses.finish(begun(), at(100), "收工", {"spoken_notice": "突发"}, STEPS)
    assert finished().excused() == MISSING


def test_the_end_ends_what_runs() -> None:
    course = courses.begin_step(begun(), at(11), "show_certificate", STEPS)
    course = courses.pause(course, at(12), "电池")
    course = courses.finish(course, at(100), "", {"spoken_notice": "突发"}, STEPS)
    assert course.steps[0].ended_utc_us == course.pauses[0].to_utc_us == at(100).utc_us
    assert course.enforcement.state is State.FINISHED


def test_what_comes_late_is_taken_when_it_was_before_the_end() -> None:
    course = courses.begin_step(finished(), at(50), "sampling", STEPS)
    assert course.steps[0].ended_utc_us == at(100).utc_us
    course = courses.end_step(course, at(60), "sampling")
    assert course.steps[0].ended_utc_us == at(60).utc_us
    assert courses.mark(course, at(70), "印章", True).marks[0].important
    with pytest.raises(refusals.WrongState):
        courses.mark(course, at(101), "太晚", False)


def test_a_later_excuse_takes_the_place_of_the_earlier_until_the_file_has_it() -> None:
    course = courses.excuse(finished(), at(200), "spoken_notice", "设备故障，附说明", STEPS)
    assert course.excused()["spoken_notice"] == "设备故障，附说明"
    assert len(course.excuses) == 3
    course = courses.file(course, at(300), "case")
    assert course.enforcement.case_id == "case"
    with pytest.raises(refusals.WrongState):
        courses.excuse(course, at(301), "spoken_notice", "晚了", STEPS)


def test_a_mistake_is_cancelled_before_it_begins() -> None:
    assert courses.cancel(opened(), at(1), "选错事项").enforcement.cancel_reason == "选错事项"
    with pytest.raises(refusals.WrongState):
        courses.cancel(begun(), at(11), "选错事项")


def test_nothing_grows_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(courses.MOST, "marks", 2)
    course = begun()
    for second in (11, 12):
        course = courses.mark(course, at(second), "x", False)
    with pytest.raises(refusals.TooMuchHappened):
        courses.mark(course, at(13), "x", False)


def applied(course: Course, happening: Happening, second: int, step: str) -> Course:
    moment = at(second)
    match happening:
        case Happening.BEGIN:
            return courses.begin(course, moment, WELL, "")
        case Happening.STEP:
            running = any(one.step == step and one.ended_utc_us is None for one in course.steps)
            ends = courses.end_step(course, moment, step) if running else None
            return ends or courses.begin_step(course, moment, step, STEPS)
        case Happening.MARK:
            return courses.mark(course, moment, "x", False)
        case Happening.PAUSE:
            return courses.pause(course, moment, "why")
        case Happening.RESUME:
            return courses.resume(course, moment, "why")
        case Happening.FINISH:
            return courses.finish(course, moment, "", MISSING, STEPS)
        case Happening.EXCUSE:
            return courses.excuse(course, moment, step, "why", STEPS)
        case Happening.FILE:
            return courses.file(course, moment, "")
        case Happening.CANCEL:
            return courses.cancel(course, moment, "why")


HAPPENED = st.tuples(
    st.sampled_from(Happening), st.integers(0, 60), st.sampled_from(["spoken_notice", "sampling", "nothing"])
)


def flaws(course: Course) -> list[str]:
    one = course.enforcement
    found = []
    for taken in course.steps:
        if taken.ended_utc_us is not None and taken.ended_utc_us < taken.begun_utc_us:
            found.append("a step ends before it begins")
        if one.finished_utc_us is not None and taken.ended_utc_us is None:
            found.append("a step runs after the end")
    for before, after in zip(course.pauses, course.pauses[1:], strict=False):
        if before.to_utc_us is None or after.from_utc_us < before.to_utc_us:
            found.append("pauses overlap")
    if one.finished_utc_us is not None and one.finished_utc_us < (one.begun_utc_us or 0):
        found.append("it ends before it begins")
    if one.state in (State.FINISHED, State.FILED) and course.is_paused:
        found.append("it is paused after the end")
    return found


@given(st.lists(HAPPENED, max_size=40))
def test_any_row_of_happenings_keeps_the_table(happened: list[tuple[Happening, int, str]]) -> None:
    course = opened()
    for happening, second, step in happened:
        before = course
        try:
            course = applied(course, happening, second, step)
        except Refusal:
            assert course is before
            continue
        assert LIFE.after(before.enforcement.state, happening) is course.enforcement.state
        assert flaws(course) == []
        for kept, now in ((before.marks, course.marks), (before.excuses, course.excuses)):
            assert now[: len(kept)] == kept
        assert len(course.steps) >= len(before.steps) and len(course.pauses) >= len(before.pauses)
