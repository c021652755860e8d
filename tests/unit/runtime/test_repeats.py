"""Repeated lines: the first is written, the others are counted, and there is a bound to what is remembered."""

from dispatch_server.runtime.repeats import Repeats


def line(text: str) -> tuple[str, int, str]:
    return ("room", 30, text)


def test_the_first_goes_out_and_the_next_are_held_back() -> None:
    repeats = Repeats(within_s=1, kinds=10)
    assert repeats.admit(line("full"), 0.0) == 0
    assert repeats.admit(line("full"), 0.1) is None
    assert repeats.admit(line("full"), 0.9) is None
    assert repeats.admit(line("other"), 0.9) == 0
    assert repeats.admit(line("full"), 1.0) == 2


def test_what_was_held_back_is_told_when_its_time_is_over() -> None:
    repeats = Repeats(within_s=1, kinds=10)
    for now in (0.0, 0.1, 0.2):
        repeats.admit(line("full"), now)
    repeats.admit(line("once"), 0.0)
    assert list(repeats.due(0.5)) == []
    assert list(repeats.due(1.0)) == [(line("full"), 2)]
    assert list(repeats.due(2.0)) == []


def test_it_remembers_only_so_many() -> None:
    repeats = Repeats(within_s=1, kinds=3)
    for number in range(5):
        repeats.admit(line(str(number)), 0.0)
    assert repeats.admit(line("4"), 0.1) is None
    assert repeats.admit(line("0"), 0.1) == 0


def test_no_time_means_that_every_line_is_written() -> None:
    repeats = Repeats(within_s=0, kinds=3)
    assert [repeats.admit(line("full"), 0.0) for _ in range(3)] == [0, 0, 0]
