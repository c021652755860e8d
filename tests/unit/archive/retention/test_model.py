"""The lives of holds, lists and what stands on them."""

from dispatch_server.archive.retention.model import (
    HOLD_LIFE,
    HOLDING,
    ITEM_LIFE,
    LIST_LIFE,
    HoldSaid,
    HoldState,
    ItemState,
    ListSaid,
    ListState,
)


def test_the_tables_are_sound() -> None:
    for table, states in ((HOLD_LIFE, HoldState), (LIST_LIFE, ListState), (ITEM_LIFE, ItemState)):
        assert table.flaws() == () and table.states() == frozenset(states)


def test_a_list_is_purged_only_after_two_approvals_and_a_wait() -> None:
    path = [ListSaid.APPROVE, ListSaid.APPROVE, ListSaid.WAIT, ListSaid.PURGE]
    state = LIST_LIFE.first
    for said in path:
        assert LIST_LIFE.allows(state, ListSaid.STOP)
        assert said is ListSaid.PURGE or not LIST_LIFE.allows(state, ListSaid.PURGE)
        state = LIST_LIFE.after(state, said)
    assert state is ListState.DONE and not LIST_LIFE.allows(state, ListSaid.STOP)


def test_a_hold_holds_while_its_release_is_only_asked_for() -> None:
    assert HoldState.RELEASE_ASKED in HOLDING
    assert not HOLD_LIFE.allows(HoldState.STANDING, HoldSaid.CONFIRM_RELEASE)


def test_what_is_being_purged_is_not_taken_off_any_more() -> None:
    assert not ITEM_LIFE.allows(ItemState.PURGING, "take off")
