"""The life of a derivative."""

from dispatch_server.archive.derivatives.model import LIFE, Derivative, Happening, Kind, State


def asked() -> Derivative:
    return Derivative("d1", "r1", "13", Kind.CLIP, 1_400, 4_600, "", "png", "p1", "Wang", 9_000)


def test_the_table_is_sound() -> None:
    assert LIFE.flaws() == ()
    assert LIFE.states() == frozenset(State)


def test_a_clip_says_that_it_was_widened() -> None:
    one = asked()
    one.from_utc_us, one.to_utc_us = 1_000, 4_600
    assert not one.is_widened  # nothing is made yet
    one.happens(Happening.MAKE)
    assert one.is_widened
    one.from_utc_us = 1_400
    assert not one.is_widened
