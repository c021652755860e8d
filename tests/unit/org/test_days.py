"""The county's day begins at its midnight."""

from datetime import date

from dispatch_server.org.days import day_of
from tests.unit.org.county import moment


def test_the_day_changes_at_the_countys_midnight_and_not_at_that_of_utc() -> None:
    assert day_of(moment("2026-09-01T23:59:59.999999+08:00")) == date(2026, 9, 1)
    assert day_of(moment("2026-09-02T00:00:00+08:00")) == date(2026, 9, 2)
    assert day_of(moment("2026-09-01T23:59:59+00:00")) == date(2026, 9, 2)
    assert day_of(0) == date(1970, 1, 1)
