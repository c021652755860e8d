"""The day on which the disk is full."""

from dispatch_server.archive.retention.forecast import Forecast, forecast, rate_of

TODAY = 20_000


def test_the_rate_is_that_of_the_last_fourteen_whole_days() -> None:
    by_day = {TODAY - day: 10 for day in range(1, 15)} | {TODAY - 15: 9_000, TODAY: 3}
    assert rate_of(by_day, TODAY) == 10
    assert rate_of({TODAY - 2: 30}, TODAY) == 15  # it began the day before yesterday
    assert rate_of({TODAY: 7}, TODAY) == 7 and rate_of({}, TODAY) == 0


def test_without_destruction_it_fills_at_the_rate() -> None:
    by_day = {TODAY - day: 10 for day in range(1, 15)}
    assert forecast(by_day, TODAY, 100, 180).full_day == TODAY + 10
    assert forecast(by_day, TODAY, 0, 180).full_day == TODAY
    assert forecast({}, TODAY, 100, 180) == Forecast(0, None, None)
    assert forecast(by_day, TODAY, 10**9, 180).full_day is None


def test_what_is_destroyed_in_time_makes_room() -> None:
    by_day = {TODAY - day: 10 for day in range(1, 200)}
    steady = forecast(by_day, TODAY, 50, 180)
    assert steady.full_day == TODAY + 5 and steady.full_day_with_destruction is None


def test_what_is_held_makes_none() -> None:
    by_day = {TODAY - day: 10 for day in range(1, 200)}
    held = forecast(by_day, TODAY, 50, 180, by_day)
    assert held.full_day_with_destruction == held.full_day == TODAY + 5


def test_more_each_day_than_goes_fills_it_later() -> None:
    by_day = {TODAY - day: 10 if day < 15 else 1 for day in range(1, 181)}
    found = forecast(by_day, TODAY, 50, 180)
    assert found.full_day == TODAY + 5 and found.full_day_with_destruction == TODAY + 6
