"""Reading goes on in small steps, and all of it comes out."""

from collections.abc import Iterator

import pytest

from dispatch_server.archive.seals.slowly import take


def steps(count: int, size: int) -> Iterator[int]:
    yield from [size] * count


def test_a_step_ends_as_soon_as_enough_was_read() -> None:
    reading = steps(10, 300)
    assert [take(reading, 1000) for _ in range(3)] == [(1200, False), (1200, False), (600, True)]
    assert take(reading, 1000) == (0, True)
    assert take(steps(0, 1), 1000) == (0, True)


def test_what_reading_raises_comes_out() -> None:
    def fails() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        take(fails(), 1000)
