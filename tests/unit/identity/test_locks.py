"""Who pays from which budget."""

import pytest

from dispatch_server.identity.locks import LockRules, Locks, SignInPaused


def test_strangers_and_known_devices_pay_apart() -> None:
    locks = Locks(LockRules(failures=2, pause_s=10, failures_per_address=100))
    for _ in range(2):
        locks.take("lin", "p", None, "192.0.2.1", 0)
    assert locks.is_locked("p", 1)
    with pytest.raises(SignInPaused) as paused:
        locks.take("lin", "p", None, "192.0.2.2", 1)
    assert paused.value.retry_after_s == 10
    locks.take("lin", "p", "known", "192.0.2.1", 1)
    locks.cleared("p", "known")
    assert locks.is_locked("p", 1)
    locks.cleared("p", None)
    assert not locks.is_locked("p", 1)


def test_a_refused_try_is_paid_from_no_budget() -> None:
    locks = Locks(LockRules(failures=2, pause_s=10, failures_per_address=3))
    for account in ("a", "b", "c"):
        locks.take(account, None, None, "192.0.2.1", 0)
    with pytest.raises(SignInPaused):
        locks.take("d", None, None, "192.0.2.1", 0)
    assert locks.by_name.wait_s("d", 0) == 0 and len(locks.by_name) == 3
    attempt = locks.take("a", None, None, "192.0.2.9", 0)
    attempt.succeeded()
    locks.take("a", None, None, "192.0.2.9", 0)


def test_right_passwords_are_work_too_and_bounded() -> None:
    """Given back is the failure, not the work; another device of the same person has its own."""
    locks = Locks(LockRules(compared=4, pause_s=10))
    for _ in range(4):
        locks.take("lin", "p", "known", "192.0.2.1", 0).succeeded()
    with pytest.raises(SignInPaused):
        locks.take("lin", "p", "known", "192.0.2.1", 9)
    locks.take("lin", "p", "other", "192.0.2.1", 9).succeeded()
    locks.take("lin", "p", "known", "192.0.2.1", 10).succeeded()


def test_work_that_was_not_done_is_given_back_whole() -> None:
    locks = Locks(LockRules(compared=2, pause_s=10))
    for _ in range(9):
        locks.take("lin", "p", "known", "192.0.2.1", 0).undone()
    locks.take("lin", "p", "known", "192.0.2.1", 0)
