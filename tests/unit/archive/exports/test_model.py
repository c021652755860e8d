"""The life of an export, and in which department it lies."""

import pytest

from dispatch_server.archive.exports.model import (
    LIFE,
    Asking,
    Export,
    Happening,
    Mode,
    Of,
    State,
    smallest_subtree,
)
from dispatch_server.kit.states import IllegalTransition


def asked(of: Of = Of.RECORDINGS, subject: str = "") -> Export:
    asking = Asking(of, subject, ("recording-1", "recording-2"), Mode.DOWNLOAD, "purpose", "court", "", 72, 1)
    return Export("export-1", "13", asking, "p1", "Wang", 1_000, 5_000)


def test_the_table_is_sound() -> None:
    assert LIFE.flaws() == ()
    assert LIFE.states() == frozenset(State)


def test_nothing_is_ready_that_nobody_approved() -> None:
    export = asked()
    with pytest.raises(IllegalTransition):
        export.happens(Happening.PREPARE)
    for what, state in ((Happening.APPROVE, State.APPROVED), (Happening.PREPARE, State.READY)):
        export.happens(what)
        assert export.state is state


@pytest.mark.parametrize("state", sorted(LIFE.final))
def test_what_is_over_stays_so(state: State) -> None:
    assert not any(LIFE.allows(state, what) for what in Happening)


def test_its_time_is_over_at_its_end() -> None:
    export = asked()
    assert not export.is_over_at(4_999) and export.is_over_at(5_000)
    export.happens(Happening.WITHDRAW)
    assert not export.is_over_at(9_000)


def test_what_the_ledger_calls_it() -> None:
    own = ("export:export-1", "recording:recording-1", "recording:recording-2")
    assert asked().subjects() == own
    assert asked(Of.CASE, "c1").subjects() == ("case:c1", *own)


@pytest.mark.parametrize(
    ("departments", "expected"),
    [
        (("13",), "13"),
        (("13/01", "13/02"), "13"),
        (("13/01/02", "13/01"), "13/01"),
        (("13", "14"), ""),
        (("13", ""), ""),
        ((), ""),
    ],
)
def test_the_smallest_subtree(departments: tuple[str, ...], expected: str) -> None:
    assert smallest_subtree(departments) == expected
