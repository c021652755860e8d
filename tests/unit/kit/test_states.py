"""The table machine: it moves, refuses, and finds its own flaws."""

from enum import StrEnum

import pytest

from dispatch_server.kit.errors import DispatchError, LocalFault
from dispatch_server.kit.states import IllegalTransition, StateTable


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"
    STOLEN = "stolen"


TABLE = StateTable(
    Lamp.OFF,
    {
        (Lamp.OFF, "press"): Lamp.ON,
        (Lamp.ON, "press"): Lamp.OFF,
        (Lamp.ON, "burn"): Lamp.BROKEN,
    },
    frozenset({Lamp.BROKEN}),
)


def test_an_event_moves_along_the_table() -> None:
    state = TABLE.first
    for event in ("press", "press", "press", "burn"):
        state = TABLE.after(state, event)
    assert state is Lamp.BROKEN


def test_an_event_without_a_row_is_refused_by_name() -> None:
    assert not TABLE.allows(Lamp.OFF, "burn")
    with pytest.raises(IllegalTransition, match="burn cannot happen in state off") as caught:
        TABLE.after(Lamp.OFF, "burn")
    assert caught.value.code == "illegal_transition"
    assert (caught.value.state, caught.value.event) == (Lamp.OFF, "burn")
    assert isinstance(caught.value, LocalFault) and isinstance(caught.value, DispatchError)


def test_a_sound_table_has_no_flaws() -> None:
    assert TABLE.flaws() == ()
    assert TABLE.states() == TABLE.reachable() == {Lamp.OFF, Lamp.ON, Lamp.BROKEN}
    assert next(iter(TABLE.arrows())) == (Lamp.OFF, "press", Lamp.ON)


def test_a_state_that_nothing_leads_to_is_a_flaw() -> None:
    table = StateTable(Lamp.OFF, {**TABLE.moves, (Lamp.STOLEN, "find"): Lamp.OFF}, TABLE.final)
    assert table.flaws() == ("stolen cannot be reached",)


def test_a_dead_end_that_is_not_final_is_a_flaw() -> None:
    table = StateTable(Lamp.OFF, TABLE.moves, frozenset())
    assert table.flaws() == ("broken has no way out but is not final",)


def test_a_final_state_with_a_way_out_is_a_flaw() -> None:
    table = StateTable(Lamp.OFF, {**TABLE.moves, (Lamp.BROKEN, "mend"): Lamp.OFF}, TABLE.final)
    assert table.flaws() == ("broken is final but has a way out",)
