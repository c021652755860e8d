"""The order of places is the order of time, newest first, and every millisecond has room for many."""

import random

from dispatch_server.reports.placing import FURTHEST, IN_ONE_MS, first_choice, next_choice, places_of

NOW = 1_790_000_000_000_000


def test_newer_is_smaller(seeded: random.Random) -> None:
    times = sorted(seeded.randrange(0, 2 * NOW) for _ in range(500))
    places = [first_choice(f"r{n}", begun) for n, begun in enumerate(times)]
    for number in range(1, len(times)):
        same = times[number] // 1000 == times[number - 1] // 1000
        assert places[number] < places[number - 1] or same
    assert all(0 < one <= FURTHEST for one in places)


def test_milliseconds_do_not_share_places() -> None:
    assert places_of(NOW).start == places_of(NOW + 1000).stop
    assert places_of(NOW) == places_of(NOW + 999)
    assert len(places_of(NOW)) == IN_ONE_MS


def test_the_next_choice_goes_once_round_the_millisecond() -> None:
    first = place = first_choice("a", NOW)
    seen = set()
    for _ in range(IN_ONE_MS):
        assert place in places_of(NOW)
        seen.add(place)
        place = next_choice(place, NOW)
    assert place == first and len(seen) == IN_ONE_MS


def test_times_that_cannot_be_have_places_all_the_same() -> None:
    for begun in (-5, 0, 1 << 60):
        assert 0 <= first_choice("a", begun) <= FURTHEST
