"""How many refusals of one session go to the ledger."""

from dispatch_server.identity.refusals import Refusals


def test_who_is_refused_in_a_loop_does_not_fill_the_ledger() -> None:
    refusals = Refusals(per_minute=2)
    assert [refusals.listed("a", 60.0) for _ in range(4)] == [True, True, False, False]
    assert refusals.listed("b", 61.0)
    assert refusals.listed("a", 120.0)
    assert refusals.not_listed == 2
