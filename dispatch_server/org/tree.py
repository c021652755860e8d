"""The tree of departments: where each stands, what is below it, and what a move means for paths."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from dispatch_server.kit.errors import Conflict
from dispatch_server.kit.scope import SEPARATOR, is_within
from dispatch_server.org.model import ROOT, Change, Department, DepartmentKind

DEEPEST = 4  # codes in a path: township, team, and two more
FIRST_LEVEL = frozenset({DepartmentKind.CENTRE, DepartmentKind.BUREAU, DepartmentKind.TOWNSHIP})


class MoveRefused(Conflict):
    def __init__(self, sentence: str) -> None:
        super().__init__("department_move_refused", sentence)


def child_path(parent: str, code: str) -> str:
    return f"{parent}{SEPARATOR}{code}" if parent != ROOT else code


def depth(path: str) -> int:
    """The county is 0, a first-level department 1."""
    return path.count(SEPARATOR) + 1 if path != ROOT else 0


def first_level(path: str) -> str:
    """The township or county department in which a team is; empty for the county."""
    return path.partition(SEPARATOR)[0]


def upwards(path: str) -> Iterator[str]:
    """The path itself and those above it, the county last."""
    while path != ROOT:
        yield path
        path = path.rpartition(SEPARATOR)[0]
    yield ROOT


def below(departments: Mapping[str, Department], path: str) -> list[Department]:
    """All that stand below it, from top to bottom; closed ones too."""
    return sorted(
        (one for one in departments.values() if one.path != path and is_within(one.path, path)),
        key=lambda one: one.path,
    )


def kind_may_stand_below(kind: DepartmentKind, parent: DepartmentKind | None) -> bool:
    """`parent` None: nothing is above it."""
    if kind is DepartmentKind.COUNTY:
        return parent is None
    if kind in FIRST_LEVEL:
        return parent is DepartmentKind.COUNTY
    return parent in FIRST_LEVEL or parent is DepartmentKind.TEAM


def is_open(departments: Mapping[str, Department], path: str) -> bool:
    """It and everything above it exist and are open."""
    return all(one in departments and departments[one].closed_utc_us is None for one in upwards(path))


def move(departments: Mapping[str, Department], path: str, parent: str, code: str, utc_us: int) -> list[Change]:
    """
    The team goes on at another place with all open teams below it; the old paths stay, closed, and say where to.

    Paths stand in what was recorded, so nothing old is renamed. Raises MoveRefused.
    """
    if departments[path].kind is not DepartmentKind.TEAM:
        raise MoveRefused("Only teams can be moved: the number of a department is in the numbers of its terminals.")
    if is_within(parent, path):
        raise MoveRefused("A team cannot be moved below itself.")
    if departments[path].closed_utc_us is not None:
        raise MoveRefused("It is closed.")
    target = child_path(parent, code)
    going = [departments[path], *(one for one in below(departments, path) if one.closed_utc_us is None)]
    changes: list[Change] = []
    for old in going:
        new_path = target + old.path[len(path) :]
        if new_path in departments:
            raise MoveRefused(f"There is or was a department {new_path} already.")
        closed = replace(old, closed_utc_us=utc_us, moved_to=new_path, version=old.version + 1)
        changes += [Change(old, closed), Change(None, replace(old, path=new_path, version=1))]
    return changes


def close(departments: Mapping[str, Department], path: str, utc_us: int) -> list[Change]:
    """It and all open teams below it."""
    going: Iterable[Department] = [departments[path], *below(departments, path)]
    return [
        Change(one, replace(one, closed_utc_us=utc_us, version=one.version + 1))
        for one in going
        if one.closed_utc_us is None
    ]
