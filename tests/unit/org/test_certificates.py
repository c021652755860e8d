"""Whether an officer may act: to the end of the last day, by the county's calendar."""

from datetime import date

import pytest

from dispatch_server.org.certificates import MayNotAct, days_left, officer_may_act
from dispatch_server.org.model import Officer
from tests.unit.org.county import moment, officer

LAST_MOMENT = moment("2026-09-01T23:59:59.999999+08:00")


@pytest.mark.parametrize(
    ("one", "utc_us", "reason"),
    [
        (officer(), LAST_MOMENT, None),
        (officer(), LAST_MOMENT + 1, MayNotAct.EXPIRED),
        (officer(valid_from=date(2026, 9, 1)), moment("2026-08-31T23:59:59+08:00"), MayNotAct.NOT_YET_VALID),
        (officer(valid_from=date(2026, 9, 1)), moment("2026-09-01T00:00:00+08:00"), None),
        (officer(withdrawn_on=date(2026, 9, 1)), moment("2026-08-31T23:59:59+08:00"), None),
        (officer(withdrawn_on=date(2026, 9, 1)), moment("2026-09-01T00:00:00+08:00"), MayNotAct.WITHDRAWN),
        (officer(withdrawn_on=date(2026, 8, 1)), LAST_MOMENT + 1, MayNotAct.WITHDRAWN),
        (officer(closed_utc_us=LAST_MOMENT), LAST_MOMENT, MayNotAct.LEFT_SERVICE),
        (officer(closed_utc_us=LAST_MOMENT), LAST_MOMENT - 1, None),
    ],
)
def test_the_certificate_decides(one: Officer, utc_us: int, reason: MayNotAct | None) -> None:
    assert officer_may_act(one, utc_us) == reason


def test_days_are_counted_down() -> None:
    assert days_left(officer(), moment("2026-08-31T12:00:00+08:00")) == 1
    assert days_left(officer(), LAST_MOMENT) == 0
    assert days_left(officer(), LAST_MOMENT + 1) == -1
