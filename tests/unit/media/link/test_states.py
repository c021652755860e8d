"""The life of a link: a sound table in which the ends are ends."""

import pytest

from dispatch_server.kit.states import IllegalTransition
from dispatch_server.media.link.states import LINK_LIFE, LinkState, Step


def test_the_table_is_sound_and_names_every_state_and_step() -> None:
    assert LINK_LIFE.flaws() == ()
    assert LINK_LIFE.states() == set(LinkState)
    assert {step for _, step, _ in LINK_LIFE.arrows()} == set(Step)


def test_it_is_suspended_and_resumed_any_number_of_times() -> None:
    state = LINK_LIFE.first
    for step in (Step.CHECK, Step.SECURE, *(Step.LOSE_CONSENT, Step.REGAIN_CONSENT) * 3):
        state = LINK_LIFE.after(state, step)
    assert state is LinkState.CONNECTED


def test_every_state_but_the_ends_may_be_closed() -> None:
    for state in LinkState:
        assert LINK_LIFE.allows(state, Step.CLOSE) is (state not in LINK_LIFE.final)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (LinkState.NEW, Step.SECURE),  # no keys before a checked address
        (LinkState.FAILED, Step.CHECK),
        (LinkState.CLOSED, Step.REGAIN_CONSENT),
        (LinkState.CHECKED, Step.CHECK),
    ],
)
def test_what_must_not_happen_cannot(state: LinkState, step: Step) -> None:
    with pytest.raises(IllegalTransition):
        LINK_LIFE.after(state, step)
