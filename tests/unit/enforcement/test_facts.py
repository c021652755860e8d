"""What others keep of an enforcement."""

from dispatch_server.enforcement import course as courses
from dispatch_server.enforcement.facts import facts_of
from tests.unit.enforcement.samples import NAME, STEPS, at
from tests.unit.enforcement.test_course import begun


def test_facts() -> None:
    course = begun()
    for begin in (11, 13):
        course = courses.begin_step(course, at(begin), "spoken_notice", STEPS)
        course = courses.end_step(course, at(begin + 1), "spoken_notice")
    course = courses.mark(course, at(15), "秤", False)
    found = facts_of(course)
    assert found.steps == (("spoken_notice", "scene"),)
    assert found.officers == (("样例-13-001", "贾一城"), ("样例-13-002", "甄一关"))
    assert (found.marks, found.begun_utc_us) == (("秤",), at(10).utc_us)
    assert found.party.name == NAME and NAME not in repr(found)
