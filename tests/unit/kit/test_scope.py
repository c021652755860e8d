"""Scopes: a subtree is its root and what is below, never a neighbour whose name only begins alike."""

from dispatch_server.kit.scope import COUNTY, NOTHING, Scope, is_within


def test_a_subtree_is_its_root_and_what_is_below() -> None:
    assert is_within("13", "13")
    assert is_within("13/02", "13")
    assert not is_within("130", "13")
    assert not is_within("13", "13/02")
    assert not is_within("14", "13")


def test_the_county_sees_everything_and_nobody_nothing() -> None:
    assert COUNTY.covers("") and COUNTY.covers("13/02") and COUNTY.is_county
    assert not NOTHING.covers("") and not NOTHING.covers("13") and not NOTHING


def test_a_department_does_not_see_what_belongs_to_none() -> None:
    assert not Scope.of("13").covers("")


def test_roots_below_others_are_left_out() -> None:
    assert Scope.of("13", "13/02", "14").roots == {"13", "14"}
    assert Scope.of("", "13") == COUNTY
    assert Scope.of("13").joined([Scope.of("14/01"), NOTHING]).roots == {"13", "14/01"}
