"""An assertion is used once, and the memory of that is bounded."""

import pytest

from dispatch_server.devices.assertion import UsedOnce
from dispatch_server.devices.refusals import AssertionRefused, TooManyAssertions


def test_it_is_used_once_while_it_could_hold() -> None:
    used = UsedOnce(life_s=120)
    used.use("k", "a", 0)
    used.use("other", "a", 0)
    for now in (0, 119.9):
        with pytest.raises(AssertionRefused):
            used.use("k", "a", now)
    assert used.refused == 2
    used.use("k", "b", 120)
    assert len(used) == 1


def test_a_full_memory_refuses_new_ones_and_forgets_nothing() -> None:
    used = UsedOnce(life_s=120, capacity=2)
    used.use("k", "a", 0)
    used.use("k", "b", 1)
    with pytest.raises(TooManyAssertions):
        used.use("k", "c", 2)
    with pytest.raises(AssertionRefused):
        used.use("k", "a", 3)
    used.use("k", "c", 120)
