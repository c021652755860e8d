"""An enforcement as this terminal sees it: order of commands, refusals, the list of what is unrecorded."""

import pytest

from dispatch_server.protocol.enforcement_views import RecordingStep
from terminals.enforcement.course import Course, NotNow, State, course_of, unrecorded
from terminals.enforcement.outbox import Said


def said(command: str, key: str = "", /, **body: object) -> Said:
    return Said("e", command, {"key": key or command, "utc_us": 1, **body})


def step(code: str, order: int, required: bool = True) -> RecordingStep:
    return RecordingStep(
        code=code, name=code, name_en=code, kinds=["penalty"], start="", end="", must_show=[], record_class="scene",
        retention="r", required=required, condition="", order=order,
    )  # fmt: skip


STORY = [
    said("open", kind="penalty"), said("begin"), said("steps", "s1", step="inform", what="begin"),
    said("steps", "s2", step="inform", what="end"), said("pause"), said("resume"),
]  # fmt: skip


def test_a_story_ends_where_it_ends() -> None:
    assert course_of(STORY[:1]).state is State.OPENED
    assert course_of(STORY[:5]).state is State.PAUSED
    assert course_of([*STORY, said("finish")]).state is State.FINISHED


def test_what_is_unrecorded_is_listed_in_order() -> None:
    steps = [step("serve", 3), step("inform", 2), step("show_certificate", 1), step("seizure", 4, required=False)]
    assert [one.code for one in unrecorded(course_of(STORY), steps)] == ["show_certificate", "serve"]
    assert len(unrecorded(course_of(STORY[:3]), steps)) == 3, "a running step is not whole"


def test_what_the_server_refused_counts_for_nothing() -> None:
    assert course_of(STORY, frozenset({"begin"})).state is State.OPENED


@pytest.mark.parametrize(("course", "what"), [(Course(), "begin"), (course_of(STORY), "begin"), (Course(), "finish")])
def test_what_does_not_fit_is_refused_here(course: Course, what: str) -> None:
    with pytest.raises(NotNow):
        course.may(what)
