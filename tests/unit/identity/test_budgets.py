"""Tries that are taken before they are made."""

from dispatch_server.identity.budgets import Budget


def test_some_tries_then_a_pause_then_some_again() -> None:
    budget = Budget(tries=2, pause_s=10, capacity=9)
    assert [budget.take("a", now) for now in (0, 1, 2, 10.5)] == [0, 0, 9, 0.5]
    assert budget.take("b", 2) == 0
    assert budget.take("a", 11) == 0
    assert budget.take("a", 11) == 0
    assert budget.take("a", 11) == 10


def test_what_did_not_fail_is_given_back_and_a_success_forgives() -> None:
    budget = Budget(tries=2, pause_s=10, capacity=9)
    for _ in range(9):
        assert budget.take("a", 0) == 0
        budget.give_back("a")
    assert len(budget) == 0
    budget.give_back("a")
    budget.take("a", 0)
    budget.take("a", 0)
    assert budget.wait_s("a", 1) == 9
    budget.clear("a")
    assert budget.wait_s("a", 1) == 0


def test_keys_are_bounded() -> None:
    budget = Budget(tries=2, pause_s=10, capacity=3)
    for key in "abcd":
        budget.take(key, 0)
    assert (len(budget), budget.forgotten) == (3, 1)
