"""Where departments stand, and what moving and closing make of them."""

import pytest

from dispatch_server.org import tree
from dispatch_server.org.model import Department, DepartmentKind
from tests.unit.org.county import NOW, department

TREE = {
    one.path: one
    for one in (
        department("", DepartmentKind.COUNTY),
        department("13", DepartmentKind.TOWNSHIP),
        department("13/01"),
        department("13/01/02"),
        department("13/01/03", closed_utc_us=5),
        department("14", DepartmentKind.TOWNSHIP),
        department("14/09", closed_utc_us=5),
    )
}


def test_paths() -> None:
    assert (tree.child_path("", "13"), tree.child_path("13", "02")) == ("13", "13/02")
    assert (tree.depth(""), tree.depth("13"), tree.depth("13/01/02")) == (0, 1, 3)
    assert list(tree.upwards("13/01/02")) == ["13/01/02", "13/01", "13", ""]
    assert list(tree.upwards("")) == [""]
    assert (tree.first_level("13/01"), tree.first_level("")) == ("13", "")
    assert [one.path for one in tree.below(TREE, "13")] == ["13/01", "13/01/02", "13/01/03"]
    assert (TREE["13/01"].code, TREE["13/01"].parent, TREE["13"].parent, TREE[""].parent) == ("01", "13", "", None)


def test_a_department_is_open_while_all_above_it_are() -> None:
    assert tree.is_open(TREE, "13/01/02")
    assert not tree.is_open(TREE, "13/01/03")
    assert not tree.is_open(TREE, "14/09/01")
    assert not tree.is_open({**TREE, "13": department("13", closed_utc_us=1)}, "13/01/02")


@pytest.mark.parametrize(
    ("kind", "parent", "may"),
    [
        ("county", None, True),
        ("county", "county", False),
        ("township", "county", True),
        ("township", "township", False),
        ("team", "county", False),
        ("team", "bureau", True),
        ("team", "team", True),
        ("bureau", None, False),
    ],
)
def test_what_may_stand_below_what(kind: str, parent: str | None, may: bool) -> None:
    above = DepartmentKind(parent) if parent is not None else None
    assert tree.kind_may_stand_below(DepartmentKind(kind), above) is may


def test_a_moved_team_takes_what_is_below_it_and_leaves_its_old_paths_behind() -> None:
    changes = tree.move(TREE, "13/01", "14", "03", NOW)
    after = {**TREE, **{one.after.key: one.after for one in changes if isinstance(one.after, Department)}}
    assert (after["13/01"].moved_to, after["13/01"].closed_utc_us) == ("14/03", NOW)
    assert (after["13/01/02"].moved_to, after["14/03/02"].closed_utc_us) == ("14/03/02", None)
    assert after["14/03"].name == TREE["13/01"].name
    assert "14/03/03" not in after  # it was closed already, and stays where it was


@pytest.mark.parametrize(
    ("path", "parent", "code", "sentence"),
    [
        ("13", "14", "01", "Only teams"),
        ("13/01", "13/01", "05", "below itself"),
        ("13/01", "13/01/02", "05", "below itself"),
        ("13/01", "14", "09", "is or was"),
        ("13/01/03", "14", "01", "closed"),
    ],
)
def test_moves_that_make_no_tree_are_refused(path: str, parent: str, code: str, sentence: str) -> None:
    with pytest.raises(tree.MoveRefused, match=sentence):
        tree.move(TREE, path, parent, code, NOW)


def test_closing_closes_what_is_below() -> None:
    assert [one.after.key for one in tree.close(TREE, "13", NOW)] == ["13", "13/01", "13/01/02"]
