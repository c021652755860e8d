"""The sliding window: its limit, its end, its bound."""

from dispatch_server.kit.rates import Rate


def test_the_limit_holds_within_the_window_and_ends_with_it() -> None:
    rate = Rate(limit=3, window_s=60, capacity=10)
    assert [rate.spend("a", float(second)) for second in (0, 1, 2)] == [0, 0, 0]
    assert rate.spend("a", 3) == 57
    assert rate.refused == 1
    assert rate.spend("b", 3) == 0
    assert rate.spend("a", 60) == 0
    assert rate.spend("a", 60) > 0


def test_a_refused_try_does_not_prolong_the_wait() -> None:
    rate = Rate(limit=1, window_s=10, capacity=10)
    rate.spend("a", 0)
    assert [rate.spend("a", float(second)) for second in range(1, 10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert rate.spend("a", 10) == 0


def test_keys_are_bounded_and_swept() -> None:
    rate = Rate(limit=1, window_s=10, capacity=2)
    for key in "abc":
        rate.spend(key, 0)
    assert rate.forgotten == 1
    assert rate.wait_s("a", 1) == 0
    assert rate.wait_s("c", 1) > 0
    rate.sweep(11)
    assert rate.wait_s("c", 11) == 0
    rate.spend("d", 11)
    rate.spend("e", 11)
    assert rate.forgotten == 1
