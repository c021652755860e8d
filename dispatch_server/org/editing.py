"""What an administrator's single edits make of the organisation; each says which version was seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dispatch_server.org import tree
from dispatch_server.org.model import Change, Delegation, Department, EnforcementItem, Officer, Organisation
from dispatch_server.org.refusals import PathTaken, ThingUnknown, VersionOutdated

T = TypeVar("T", Department, Officer, EnforcementItem, Delegation)
Make = Callable[[Organisation], Sequence[Change]]


def created(thing: Department | Officer | EnforcementItem | Delegation) -> Make:
    """A new one; a key that is or was in use is refused."""

    def make(base: Organisation) -> Sequence[Change]:
        match thing:
            case Department():
                _refuse(thing.path in base.departments, f"The department {thing.path}")
            case Officer():
                _refuse(thing.certificate in base.officers_by_certificate, f"The certificate {thing.certificate}")
            case EnforcementItem():
                _refuse(thing.code in base.items, f"The item {thing.code}")
            case Delegation():
                there = base.delegations_by_item_and_township.get((thing.item, thing.to_department), ())
                taken = any(one.natural_key == thing.natural_key for one in there)
                _refuse(taken, "A delegation of the same that begins on the same day")
        return [Change(None, thing)]

    return make


def changed(part: str, key: str, version: int, closed: bool, utc_us: int, values: Mapping[str, Any]) -> Make:
    """
    Other `values` for one thing of `part` (departments, officers, items, delegations), and whether it is closed.

    Closing a department closes the teams below it.
    """

    def make(base: Organisation) -> Sequence[Change]:
        before = seen(getattr(base, part), key, version)
        kept = before.closed_utc_us if before.closed_utc_us is not None else utc_us
        if isinstance(before, Department) and closed and before.closed_utc_us is None:
            own, *others = tree.close(base.departments, key, utc_us)
            return [Change(own.before, replace(own.after, **values)), *others]
        after = replace(before, **values, closed_utc_us=kept if closed else None)
        if isinstance(after, Department) and not closed:
            after = replace(after, moved_to="")
        return [] if after == before else [Change(before, replace(after, version=version + 1))]

    return make


def moved(path: str, version: int, parent: str, code: str, utc_us: int) -> Make:
    """A team to another place, with the teams below it and the officers of all of them."""

    def make(base: Organisation) -> Sequence[Change]:
        seen(base.departments, path, version)
        changes = tree.move(base.departments, path, parent, code, utc_us)
        new_paths = {
            change.before.path: change.after.moved_to
            for change in changes
            if isinstance(change.before, Department) and isinstance(change.after, Department)
        }
        going = [one for one in base.officers.values() if one.department in new_paths]
        return [
            *changes,
            *(
                Change(one, replace(one, department=new_paths[one.department], version=one.version + 1))
                for one in going
            ),
        ]

    return make


def seen(part: Mapping[str, T], key: str, version: int) -> T:
    """The thing, if it is still the version that was seen. Raises ThingUnknown, VersionOutdated."""
    found = part.get(key)
    if found is None:
        raise ThingUnknown
    if found.version != version:
        raise VersionOutdated
    return found


def _refuse(taken: bool, what: str) -> None:
    if taken:
        raise PathTaken(what)
