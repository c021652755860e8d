"""How long a case wants its footage kept, and what still stands in it."""

from datetime import date

import pytest

from dispatch_server.cases.model import LIFE, File, Happening, KeptFor, Retention, State, Thing, longest
from dispatch_server.kit.states import IllegalTransition
from tests.unit.cases.files import case, exhibit, link


@pytest.mark.parametrize(
    ("retention", "end"),
    [
        (Retention(KeptFor.YEARS, 10), date(2036, 9, 30)),
        (Retention(KeptFor.PERMANENT), None),
        (Retention(KeptFor.UNTIL, until=date(2030, 1, 1)), date(2030, 1, 1)),
    ],
)
def test_years_count_from_the_closing(retention: Retention, end: date | None) -> None:
    closed = case(state=State.CLOSED, closed_on=date(2026, 9, 30), retention=retention)
    assert closed.kept_until() == end
    assert case(retention=retention).kept_until() is None
    assert case(state=State.REOPENED, retention=retention).kept_until() is None


def test_the_29th_of_february_ends_a_day_later() -> None:
    assert Retention(KeptFor.YEARS, 1).end(date(2028, 2, 29)) == date(2029, 3, 1)
    assert Retention(KeptFor.YEARS, 9000).end(date(2028, 2, 28)) == date.max


def test_the_longest_of_several_cases_counts_and_no_end_beats_all() -> None:
    short = case(id="a", state=State.CLOSED, closed_on=date(2026, 1, 1))
    later = case(id="b", state=State.CLOSED, closed_on=date(2027, 1, 1))
    still = case(id="c")
    assert longest([]) is None
    found = longest([short, later])
    assert found is not None and found.until == date(2037, 1, 1) and found.case_ids == ("a", "b")
    found = longest([short, still])
    assert found is not None and found.until is None


def test_what_was_withdrawn_does_not_count() -> None:
    gone = link(Thing.RECORDING, "r2", withdrawn_utc_us=1)
    file = File(case(), (link(Thing.RECORDING, "r1"), gone, link(Thing.ENFORCEMENT, "e1")), (exhibit("r1"),))
    assert file.linked(Thing.RECORDING) == ["r1"] and file.linked(Thing.ENFORCEMENT) == ["e1"]
    assert len(file.standing_exhibits()) == 1
    assert not exhibit("r1", withdrawn_utc_us=1).stands


def test_a_case_is_closed_only_when_it_was_filled() -> None:
    with pytest.raises(IllegalTransition):
        LIFE.after(State.OPENED, Happening.CLOSE)
    assert LIFE.after(LIFE.after(State.CLOSED, Happening.REOPEN), Happening.CLOSE) is State.CLOSED
    assert not case(state=State.CLOSED).is_open and case(state=State.REOPENED).is_open


def test_one_number_has_one_key() -> None:
    assert case(number="罚(2026) 1号").number_key == case().number_key
    assert "王" not in repr(case())
