"""What the check before the start warns of."""

import pytest

from dispatch_server.enforcement.before import Thresholds, checked
from dispatch_server.enforcement.model import Check, Trouble

THRESHOLDS = Thresholds(30, 4_000, 2_000_000)


@pytest.mark.parametrize(
    ("check", "troubles"),
    [
        (Check(30, False, 4_000, -2_000_000), ()),
        (Check(29.9, False, 3_999, 2_000_001), (Trouble.BATTERY_LOW, Trouble.STORAGE_LOW, Trouble.CLOCK_WRONG)),
        (Check(29.9, True, 4_000, -2_000_001), (Trouble.CLOCK_WRONG,)),
        (Check(), (Trouble.BATTERY_UNKNOWN, Trouble.STORAGE_UNKNOWN, Trouble.CLOCK_UNKNOWN)),
        (Check(None, True, 4_000, 0), ()),
    ],
)
def test_it_warns(check: Check, troubles: tuple[Trouble, ...]) -> None:
    assert checked(check, THRESHOLDS).troubles == troubles
