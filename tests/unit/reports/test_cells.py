"""The squares of a rectangle have every place in it among them."""

import random

from dispatch_server.reports.cells import MOST_CELLS, Rectangle, cells_of, covering


def test_whatever_lies_in_a_rectangle_lies_in_one_of_its_squares(seeded: random.Random) -> None:
    found = 0
    for _ in range(400):
        south, west = seeded.uniform(-89, 88), seeded.uniform(-179, 178)
        size = 10 ** seeded.uniform(-5, 0)
        place = Rectangle(south, west, south + size, west + size)
        cells = covering(place)
        assert 0 < len(cells) <= MOST_CELLS
        for _ in range(20):
            latitude, longitude = seeded.uniform(south, place.north), seeded.uniform(west, place.east)
            if place.holds(latitude, longitude):
                assert set(cells) & set(cells_of(latitude, longitude))
                found += 1
    assert found > 7_000


def test_a_small_place_has_small_squares_and_a_whole_country_has_none() -> None:
    assert {one[0] for one in covering(Rectangle(30.1, 110.1, 30.1005, 110.1005))} == {"4"}
    assert covering(Rectangle(20, 100, 40, 120)) == []
    assert len(cells_of(30.1, 110.1)) == 5


def test_edges_belong_to_it() -> None:
    place = Rectangle(30.0, 110.0, 30.5, 110.5)
    assert place.holds(30.0, 110.5) and not place.holds(30.0, 110.500001)
    assert set(covering(place)) & set(cells_of(30.5, 110.5))
