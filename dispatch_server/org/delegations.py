"""Who delegated what to whom at a moment, and so whom a township asks: the delegating department and the centre."""

from dataclasses import dataclass

from dispatch_server.org.days import day_of
from dispatch_server.org.model import Delegation, DepartmentKind, EnforcementItem, Organisation
from dispatch_server.org.tree import is_open, upwards


@dataclass(frozen=True, slots=True)
class Desks:
    """
    Who is called for a help request, by path; `departments` and `centres` are rung together.

    `is_delegated` false: nobody delegated the item to this township at that moment, and `departments` has its owner.
    """

    item: str
    item_version: int
    departments: tuple[str, ...]
    centres: tuple[str, ...]
    is_delegated: bool


def in_force(delegation: Delegation, utc_us: int) -> bool:
    """By itself; whether item and departments are open is not asked here."""
    day = day_of(utc_us)
    if delegation.closed_utc_us is not None and delegation.closed_utc_us <= utc_us:
        return False
    return delegation.since <= day and (delegation.until is None or day <= delegation.until)


def delegations_of(organisation: Organisation, item: str, township: str, utc_us: int) -> tuple[Delegation, ...]:
    """Those in force; a team has what was delegated to its township."""
    by_place = organisation.delegations_by_item_and_township
    return tuple(
        one
        for path in upwards(township)
        for one in by_place.get((item, path), ())
        if in_force(one, utc_us) and is_open(organisation.departments, one.from_department)
    )


def delegated_to(organisation: Organisation, township: str, utc_us: int) -> tuple[EnforcementItem, ...]:
    """The open items that it may enforce by delegation, by code."""
    codes = sorted({one.item for one in organisation.delegations.values()})
    return tuple(
        item
        for code in codes
        if (item := organisation.items.get(code)) is not None
        and item.closed_utc_us is None
        and delegations_of(organisation, code, township, utc_us)
    )


def desks_for(organisation: Organisation, item: EnforcementItem, township: str, utc_us: int) -> Desks:
    """An abolished item is still asked about (old cases): its owner answers."""
    centres = tuple(
        sorted(
            one.path
            for one in organisation.departments.values()
            if one.kind is DepartmentKind.CENTRE and is_open(organisation.departments, one.path)
        )
    )
    found = delegations_of(organisation, item.code, township, utc_us) if item.closed_utc_us is None else ()
    departments = tuple(sorted({one.from_department for one in found}))
    if not departments and is_open(organisation.departments, item.department):
        departments = (item.department,)
    return Desks(item.code, item.version, tuple(d for d in departments if d not in centres), centres, bool(found))
