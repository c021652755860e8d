"""Troubles begin and end with room between, and a clock's offset is told with its error."""

import pytest

from dispatch_server.devices.health import Health, Thresholds, Trouble, clock_offset, detail_of, troubles_of

LIMITS = Thresholds()
NONE: frozenset[Trouble] = frozenset()


def run(trouble: Trouble, values: list[Health]) -> list[bool]:
    troubles, found = NONE, []
    for health in values:
        troubles = troubles_of(health, troubles, LIMITS)
        found.append(trouble in troubles)
    return found


@pytest.mark.parametrize(
    ("trouble", "figure", "values", "expected"),
    [
        (Trouble.BATTERY_LOW, "battery_percent", [16, 15, 20, 24, 25, 16], [False, True, True, True, False, False]),
        (Trouble.SIGNAL_WEAK, "signal_dbm", [-109, -110, -106, -105], [False, True, True, False]),
        (Trouble.TOO_HOT, "temperature_c", [59, 60, 56, 55, 59], [False, True, True, False, False]),
        (Trouble.CLOCK_WRONG, "clock_offset_us", [-1_999_999, -2_000_000, -1_500_000, 0], [False, True, True, False]),
        (Trouble.BATTERY_LOW, "battery_percent", [10, None, None, 30], [True, True, True, False]),
    ],
)
def test_a_value_on_the_edge_does_not_flap(
    trouble: Trouble, figure: str, values: list[float | None], expected: list[bool]
) -> None:
    assert run(trouble, [Health(0, **{figure: value}) for value in values]) == expected


def test_storage_is_judged_by_its_share() -> None:
    values = [Health(0, storage_free_bytes=free, storage_total_bytes=1000) for free in (101, 100, 149, 150)]
    assert run(Trouble.STORAGE_LOW, values) == [False, True, True, False]
    assert run(Trouble.STORAGE_LOW, [Health(0, storage_free_bytes=0, storage_total_bytes=0)]) == [False]


def test_a_battery_on_power_is_no_trouble() -> None:
    values = [Health(0, battery_percent=5), Health(0, battery_percent=5, charging=True), Health(0, battery_percent=5)]
    assert run(Trouble.BATTERY_LOW, values) == [True, False, True]


def test_what_the_way_may_account_for_is_not_held_against_the_clock() -> None:
    late = Health(0, clock_offset_us=2_500_000, clock_error_us=600_000)
    assert troubles_of(late, NONE, LIMITS) == NONE


def test_the_offset_is_that_of_the_middle_of_the_way() -> None:
    # Device two seconds ahead; 100 ms there, 100 ms back.
    assert clock_offset(device_utc_us=12_000_000, round_trip_us=200_000, received_utc_us=10_100_000) == (
        2_000_000,
        100_000,
    )
    assert clock_offset(5, None, 3) == (2, None)


def test_each_trouble_tells_its_figure() -> None:
    health = Health(
        0,
        battery_percent=12,
        storage_free_bytes=5,
        storage_total_bytes=100,
        signal_dbm=-112,
        temperature_c=61.26,
        clock_offset_us=-2_500_000,
    )
    told = [detail_of(trouble, health) for trouble in Trouble]
    assert told == ["12.0%", "5.0% free", "-112.0 dBm", "61.3 °C", "-2.5 s"]
    assert detail_of(Trouble.TOO_HOT, Health(0)) == ""
