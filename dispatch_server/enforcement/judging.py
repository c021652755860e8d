"""Judges an opening: what is asked now is refused for a fault, what happened in the field is recorded with it."""

from dataclasses import dataclass

from dispatch_server.enforcement import refusals
from dispatch_server.enforcement.model import OFFICERS_AT_LEAST, Fault, Member
from dispatch_server.enforcement.opening import Opening, Wish
from dispatch_server.kit.errors import Refusal
from dispatch_server.kit.scope import Scope
from dispatch_server.org.tree import first_level


@dataclass(frozen=True, slots=True)
class Judged:
    """What an enforcement is opened with. An item that the organisation does not know has version 0."""

    item_version: int
    item_name: str
    members: tuple[Member, ...]
    terminals: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


def judged(opening: Opening, wish: Wish, utc_us: int, scope: Scope) -> Judged:
    """Raises what Opening raises."""
    power = opening.power(wish.department, wish.item, utc_us)
    members = opening.members(wish.department, wish.officers, power.delegated_by, utc_us)
    terminals = opening.part(wish.department, wish.terminals, scope)
    return Judged(power.item.version, power.item.name, members, terminals)


def judged_late(opening: Opening, wish: Wish, utc_us: int, scope: Scope) -> Judged:
    """
    Nothing is refused: it has happened. Other terminals that cannot take part are left out; the names of officers that
    the department does not have are not looked up.
    """
    faults: list[Fault] = []
    item, delegated_by = opening.org.now.items.get(wish.item), tuple[str, ...]()
    try:
        delegated_by = opening.power(wish.department, wish.item, utc_us).delegated_by
    except Refusal as refusal:
        faults.append(fault_of(refusal))
    members, good = [], 0
    for certificate in dict.fromkeys(wish.officers):
        try:
            member = opening.member(wish.department, certificate, delegated_by, utc_us)
            good += first_level(member.department) == first_level(wish.department)
        except refusals.OfficerRefused as refusal:
            faults.append(fault_of(refusal))
            member = opening.named(wish.department, certificate, delegated_by)
        members.append(member)
    if good < OFFICERS_AT_LEAST:
        faults.append(fault_of(refusals.OfficersTooFew()))
    terminals = [wish.by_terminal]
    for number in wish.terminals:
        try:
            terminals += opening.part(wish.department, [number], scope)
        except refusals.TerminalRefused as refusal:
            faults += [fault_of(refusal)] * (number != wish.by_terminal)
    return Judged(
        item.version if item is not None else 0,
        item.name if item is not None else wish.item,
        tuple(members),
        tuple(dict.fromkeys(terminals)),
        tuple(faults),
    )


def faults_of_members(opening: Opening, members: tuple[Member, ...], utc_us: int) -> tuple[Fault, ...]:
    """Of a begin that has happened: whose certificate was not good then."""
    found = []
    for member in members:
        try:
            opening.still_may_act([member], utc_us)
        except refusals.OfficerRefused as refusal:
            found.append(fault_of(refusal))
    return tuple(found)


def fault_of(refusal: Refusal) -> Fault:
    return Fault(refusal.code, refusal.sentence)
