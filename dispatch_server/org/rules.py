"""What an organisation must obey: looked at for what a change touches, in words that an administrator understands."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dispatch_server.org.model import (
    ROOT,
    Change,
    Delegation,
    Department,
    DepartmentKind,
    EnforcementItem,
    Officer,
    Organisation,
)
from dispatch_server.org.tree import DEEPEST, below, depth, is_open, kind_may_stand_below

OWNERS = frozenset({DepartmentKind.CENTRE, DepartmentKind.BUREAU})
MOST = {"departments": 2_000, "officers": 20_000, "items": 5_000, "delegations": 20_000}


def problems(after: Organisation, changes: Sequence[Change]) -> list[str]:
    """What is wrong with the changed things in the whole that they would make; empty: nothing."""
    found = [f"There may be at most {most} {name}." for name, most in MOST.items() if len(getattr(after, name)) > most]
    names = _sibling_names(after)
    taken = Counter(f"certificate {one.certificate}" for one in after.officers.values())
    taken.update(f"person {one.person_id}" for one in after.officers.values() if one.closed_utc_us is None)
    for change in changes:
        match change.after:
            case Department() as department:
                found += _of_department(after, department, change.before, names)
            case Officer() as officer:
                found += _of_officer(after, officer, change.before, taken)
            case EnforcementItem() as item:
                found += _of_item(after, item, change.before)
    return [*found, *_of_delegations(after, changes)]


def _sibling_names(after: Organisation) -> dict[tuple[str | None, str], list[str]]:
    found: dict[tuple[str | None, str], list[str]] = {}
    for one in after.departments.values():
        if one.closed_utc_us is None:
            for name in filter(None, {one.name, one.name_en}):
                found.setdefault((one.parent, name), []).append(one.path)
    return found


def _of_department(
    after: Organisation, one: Department, before: object, names: dict[tuple[str | None, str], list[str]]
) -> Iterator[str]:
    where = f"department {one.path or 'county'}"
    parent = after.departments.get(one.parent) if one.parent is not None else None
    if one.parent is not None and parent is None:
        yield f"{where}: there is no department {one.parent or 'county'} above it"
    elif not kind_may_stand_below(one.kind, parent.kind if parent is not None else None):
        yield f"{where}: a {one.kind} cannot stand there"
    if not one.name_en and one.kind is not DepartmentKind.TEAM:
        yield f"{where}: it needs a name in English, too"
    if depth(one.path) > DEEPEST:
        yield f"{where}: deeper than {DEEPEST} levels"
    if one.closed_utc_us is None:
        if one.parent is not None and parent is not None and not is_open(after.departments, one.parent):
            yield f"{where}: what is above it is closed"
        for name in filter(None, dict.fromkeys((one.name, one.name_en))):
            if len(names.get((one.parent, name), ())) > 1:
                yield f"{where}: another one beside it is called {name}"
    elif one.path == ROOT:
        yield f"{where}: the county cannot be closed"
    elif still := [child.path for child in below(after.departments, one.path) if child.closed_utc_us is None]:
        yield f"{where}: {', '.join(still[:5])} below it would stay open"
    if isinstance(before, Department) and before.kind is not one.kind:
        yield from _of_changed_kind(after, one, where)


def _of_changed_kind(after: Organisation, one: Department, where: str) -> Iterator[str]:
    if one.kind not in OWNERS and any(item.department == one.path for item in after.items.values()):
        yield f"{where}: it owns enforcement items, so it cannot become a {one.kind}"
    for delegation in after.delegations.values():
        if (delegation.from_department == one.path and one.kind not in OWNERS) or (
            delegation.to_department == one.path and one.kind is not DepartmentKind.TOWNSHIP
        ):
            yield f"{where}: items were delegated by or to it, so it cannot become a {one.kind}"
            return


def _of_officer(after: Organisation, one: Officer, before: object, taken: Mapping[str, int]) -> Iterator[str]:
    where = f"officer {one.certificate}"
    if one.department not in after.departments or one.department == ROOT:
        yield f"{where}: there is no department {one.department or 'of that path'}"
    elif _comes(one, before) and not is_open(after.departments, one.department):
        yield f"{where}: department {one.department} is closed"
    if one.valid_from is not None and one.expires_on < one.valid_from:
        yield f"{where}: the certificate expires before it is valid"
    if taken[f"certificate {one.certificate}"] > 1:
        yield f"{where}: another officer has this certificate number"
    if one.person_id and one.closed_utc_us is None and taken[f"person {one.person_id}"] > 1:
        yield f"{where}: another officer is the person {one.person_id}"


def _of_item(after: Organisation, one: EnforcementItem, before: object) -> Iterator[str]:
    owner = after.departments.get(one.department)
    if owner is None or owner.kind not in OWNERS:
        yield f"item {one.code}: {one.department or 'the county'} is not a county department"
    elif _comes(one, before) and not is_open(after.departments, one.department):
        yield f"item {one.code}: department {one.department} is closed"


def _comes(one: Officer | EnforcementItem, before: object) -> bool:
    """Open, and new to its department: what was there when that was closed may stay and be corrected."""
    if one.closed_utc_us is not None:
        return False
    return not (
        isinstance(before, Officer | EnforcementItem)
        and before.department == one.department
        and before.closed_utc_us is None
    )


def _of_delegations(after: Organisation, changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        one = change.after
        if not isinstance(one, Delegation):
            continue
        where = f"delegation of {one.item} from {one.from_department} to {one.to_department}"
        giver, taker = (after.departments.get(path) for path in (one.from_department, one.to_department))
        item = after.items.get(one.item)
        if item is None:
            yield f"{where}: there is no item {one.item}"
        elif change.before is None and one.closed_utc_us is None and item.closed_utc_us is not None:
            yield f"{where}: the item is closed"
        if giver is None or giver.kind not in OWNERS:
            yield f"{where}: {one.from_department or 'the county'} is not a county department"
        if taker is None or taker.kind is not DepartmentKind.TOWNSHIP:
            yield f"{where}: {one.to_department or 'the county'} is not a township"
        if one.until is not None and one.until < one.since:
            yield f"{where}: it ends before it begins"
        if any(_overlap(one, other) for other in _beside(after, one)):
            yield f"{where}: another delegation of the same covers some of these days"


def _beside(after: Organisation, one: Delegation) -> Iterator[Delegation]:
    for other in after.delegations_by_item_and_township.get((one.item, one.to_department), ()):
        if other.id != one.id and other.from_department == one.from_department:
            yield other


def _overlap(one: Delegation, other: Delegation) -> bool:
    if one.closed_utc_us is not None or other.closed_utc_us is not None:
        return one.natural_key == other.natural_key  # what a file would call by the same name
    return (one.until is None or other.since <= one.until) and (other.until is None or one.since <= other.until)
