"""A page further is the same search; another name, or another sign-in, is another one."""

from dataclasses import replace

from dispatch_server.kit.scope import Scope
from dispatch_server.reports.model import Query
from dispatch_server.reports.on_record import OnRecord
from dispatch_server.reports.words import Run

ASKED = Query(50, Scope.of("13"), party=(Run("王小明", True),))


def test_a_page_further_is_the_same_search() -> None:
    known = OnRecord()
    assert not known.has("sign-in-1", ASKED)
    known.add("sign-in-1", ASKED)
    assert known.has("sign-in-1", replace(ASKED, after=7, limit=200))
    for other in (
        replace(ASKED, party=(Run("李强", True),)),
        replace(ASKED, state="open"),
        replace(ASKED, scope=Scope.of("14")),
    ):
        assert not known.has("sign-in-1", other)
    assert not known.has("sign-in-2", ASKED)


def test_only_so_many_are_remembered_and_no_name_is() -> None:
    known = OnRecord(most=2)
    for number in range(3):
        known.add(f"sign-in-{number}", ASKED)
    assert [known.has(f"sign-in-{number}", ASKED) for number in range(3)] == [False, True, True]
    assert "王小明" not in repr(known)
