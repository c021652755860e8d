"""Of what happened in an enforcement a recording shows what touches its own time."""

from dispatch_server.archive.coverage.happened import Happened, together
from dispatch_server.archive.coverage.messages import PauseShown, StepShown, WordsShown
from dispatch_server.archive.coverage.model import Span


def step(name: str, begin: int, end: int | None) -> StepShown:
    return StepShown(step=name, from_utc_us=begin, to_utc_us=end)


def words(utc_us: int) -> WordsShown:
    return WordsShown(utc_us=utc_us, text="亮证", important=False, by="terminal:T0101")


def test_what_touches_the_time_is_kept_with_its_own_ends() -> None:
    happened = Happened(
        steps=(step("before", 0, 10), step("into", 5, 11), step("goes on", 0, None), step("after", 20, 30)),
        marks=(words(9), words(10), words(19), words(20)),
        pauses=(
            PauseShown(from_utc_us=0, to_utc_us=10, reason="更换电池"),
            PauseShown(from_utc_us=12, to_utc_us=None, reason="休息"),
        ),
        guidance=(words(3), words(15)),
    ).within(Span(10, 20))
    assert [(one.step, one.to_utc_us) for one in happened.steps] == [("into", 11), ("goes on", None)]
    assert [one.utc_us for one in happened.marks] == [10, 19]
    assert [one.reason for one in happened.pauses] == ["休息"]
    assert [one.utc_us for one in happened.guidance] == [15]


def test_several_enforcements_of_one_recording_are_told_together() -> None:
    both = together([Happened(marks=(words(1),)), Happened(marks=(words(2),), guidance=(words(3),)), Happened()])
    assert [one.utc_us for one in both.marks] == [1, 2] and [one.utc_us for one in both.guidance] == [3]
