"""Which places are walked, and of which of them more than the terms is looked at."""

from itertools import pairwise

from dispatch_server.reports.finding import END, Stretch, stretches
from dispatch_server.reports.model import LONG_US, Query
from dispatch_server.reports.placing import places_of

DAY = 86_400_000_000
NOW = 20_000 * DAY


def test_without_times_all_is_walked_and_nothing_looked_at() -> None:
    assert stretches(Query(1)) == [Stretch(0, END, range(END))]
    assert stretches(Query(1, after=7)) == [Stretch(8, END, range(END))]


def test_only_the_edges_of_a_time_are_looked_at() -> None:
    edge, begun = places_of(NOW + DAY), places_of(NOW)
    near = places_of(NOW - LONG_US).stop
    assert stretches(Query(1, from_utc_us=NOW, to_utc_us=NOW + DAY)) == [
        Stretch(edge.start, near, range(edge.stop, begun.start)),
        Stretch(near, END, range(0), long=True),
    ]


def test_they_follow_each_other_whatever_is_asked() -> None:
    for begin in (None, 0, NOW - 40 * DAY, NOW, NOW + 1, 1 << 53):
        for end in (None, 0, NOW - DAY, NOW, NOW + 1, NOW + 400, NOW + DAY, 1 << 53):
            for after in (None, 0, places_of(NOW).start + 5, places_of(NOW - 2 * DAY).stop, END - 1):
                found = stretches(Query(1, from_utc_us=begin, to_utc_us=end, after=after))
                assert all(one.first < one.end for one in found) and (not found or found[-1].end == END)
                assert all(one.end == other.first for one, other in pairwise(found))
