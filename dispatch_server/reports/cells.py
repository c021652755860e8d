"""Places as squares of a grid in five sizes, so that a rectangle of the map is a few of them."""

from dataclasses import dataclass
from math import floor

SIZES_DEGREES = tuple(0.5 / 4**level for level in range(5))  # about 55 km down to 220 m
MOST_CELLS = 32


@dataclass(frozen=True, slots=True)
class Rectangle:
    """WGS-84 degrees, edges included."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def cells_of(latitude: float, longitude: float) -> list[str]:
    """The square of each size that it lies in."""
    return [_name(level, floor(latitude / size), floor(longitude / size)) for level, size in enumerate(SIZES_DEGREES)]


def covering(place: Rectangle) -> list[str]:
    """The squares of the smallest size of which a few are enough; none when even of the largest it takes more."""
    for level in reversed(range(len(SIZES_DEGREES))):
        size = SIZES_DEGREES[level]
        rows = range(floor(place.south / size), floor(place.north / size) + 1)
        columns = range(floor(place.west / size), floor(place.east / size) + 1)
        if len(rows) * len(columns) <= MOST_CELLS:
            return [_name(level, row, column) for row in rows for column in columns]
    return []


def _name(level: int, row: int, column: int) -> str:
    return f"{level}:{row}:{column}"
