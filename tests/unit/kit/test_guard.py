"""One failing call ends at most itself."""

import pytest

from dispatch_server.kit.guard import isolating


def test_what_is_raised_goes_to_the_one_who_counts() -> None:
    failures: list[Exception] = []
    done: list[int] = []

    def work(number: int) -> None:
        if number == 2:
            raise ValueError("two")
        done.append(number)

    guarded = isolating(work, failures.append)
    for number in (1, 2, 3):
        guarded(number)
    assert done == [1, 3] and [str(failure) for failure in failures] == ["two"]


def test_the_end_of_the_program_is_no_failure() -> None:
    def leave() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        isolating(leave, lambda _: None)()
