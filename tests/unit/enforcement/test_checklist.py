"""What the team still lacks before it leaves."""

from dispatch_server.enforcement import course as courses
from dispatch_server.enforcement.checklist import Line, Standing, checklist, not_taken
from dispatch_server.enforcement.model import Course, Kind
from tests.unit.enforcement.samples import STEPS, at, opened
from tests.unit.enforcement.test_course import begun


def lines(course: Course, covered: dict[int, bool] | None = None) -> dict[str, Line]:
    found = checklist(STEPS, course.enforcement.kind, course, covered or {})
    return {line.step.code: line for line in found}


def test_at_first_all_that_is_required_is_missing() -> None:
    found = lines(opened())
    assert [code for code, line in found.items() if line.missing] == ["spoken_notice", "show_certificate"]
    assert {line.standing for line in found.values()} == {Standing.UNRECORDED}
    assert "inventory" not in found
    assert "inventory" in lines(opened(Kind.COMPULSION))


def test_a_step_counts_only_when_a_recording_covers_it() -> None:
    course = courses.begin_step(begun(), at(11), "spoken_notice", STEPS)
    assert (lines(course)["spoken_notice"].standing, lines(course)["spoken_notice"].taken) == (Standing.RUNNING, False)
    course = courses.end_step(course, at(20), "spoken_notice")
    without = lines(course, {1: False})["spoken_notice"]
    assert (without.standing, without.taken, without.missing) == (Standing.UNRECORDED, True, True)
    within = lines(course, {1: True})["spoken_notice"]
    assert (within.standing, within.missing) == (Standing.RECORDED, False)


def test_of_two_times_both_must_be_covered() -> None:
    course = begun()
    for begin, end in ((11, 12), (13, 14)):
        course = courses.begin_step(course, at(begin), "spoken_notice", STEPS)
        course = courses.end_step(course, at(end), "spoken_notice")
    assert lines(course, {1: True, 2: False})["spoken_notice"].standing is Standing.UNRECORDED
    assert lines(course, {1: True, 2: True})["spoken_notice"].standing is Standing.RECORDED


def test_a_conditional_step_is_missing_only_when_it_was_taken_and_not_covered() -> None:
    assert not lines(begun())["sampling"].missing
    course = courses.end_step(courses.begin_step(begun(), at(11), "sampling", STEPS), at(12), "sampling")
    assert lines(course)["sampling"].missing
    assert not lines(course, {1: True})["sampling"].missing


def test_a_reason_excuses_what_is_not_recorded_and_hides_nothing_that_is() -> None:
    course = courses.excuse(begun(), at(11), "spoken_notice", "涉密场所", STEPS)
    line = lines(course)["spoken_notice"]
    assert (line.standing, line.missing, line.reason) == (Standing.EXCUSED, False, "涉密场所")
    course = courses.end_step(courses.begin_step(course, at(12), "spoken_notice", STEPS), at(13), "spoken_notice")
    assert lines(course, {1: True})["spoken_notice"].standing is Standing.RECORDED


def test_not_taken_asks_for_no_recording() -> None:
    course = courses.begin_step(begun(), at(11), "spoken_notice", STEPS)
    assert [step.code for step in not_taken(STEPS, Kind.PENALTY, course)] == ["show_certificate"]
