"""An enforcement as this terminal sees it: the order of commands, and the steps that run and were taken."""

import pytest

from terminals.enforcement.course import Course, NotNow, State
from terminals.enforcement.outbox import Said
from tests.unit.terminals.enforcement.told import said

STORY = [
    said("open", kind="penalty"), said("begin"), said("steps", "s1", step="inform", what="begin"),
    said("steps", "s2", step="inform", what="end"), said("pause"), said("resume"),
]  # fmt: skip


def after(*story: Said) -> Course:
    course = Course()
    for one in story:
        course.take(one)
    return course


def test_a_story_ends_where_it_ends() -> None:
    assert after(*STORY[:1]).state is State.OPENED
    assert after(*STORY[:5]).state is State.PAUSED
    assert after(*STORY, said("finish")).state is State.FINISHED


def test_a_step_runs_until_its_end_and_may_run_again() -> None:
    assert after(*STORY[:3]).running == {"inform"} and not after(*STORY[:3]).taken
    assert not after(*STORY).running and after(*STORY).taken == {"inform"}
    again = after(*STORY, said("steps", "s3", step="inform", what="begin"))
    assert again.running == {"inform"} == again.taken


@pytest.mark.parametrize(("course", "what"), [(Course(), "begin"), (after(*STORY), "begin"), (Course(), "finish")])
def test_what_does_not_fit_is_refused_here(course: Course, what: str) -> None:
    with pytest.raises(NotNow):
        course.may(what)
