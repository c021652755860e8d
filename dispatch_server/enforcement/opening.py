"""What the law wants of an enforcement that begins: the power to do it, and two officers with good certificates."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.enforcement import refusals
from dispatch_server.enforcement.model import OFFICERS_AT_LEAST, Kind, Member, Party
from dispatch_server.enforcement.ports import TerminalsPort
from dispatch_server.kit.scope import Scope, is_within
from dispatch_server.org.delegations import delegations_of
from dispatch_server.org.model import EnforcementItem, Officer
from dispatch_server.org.service import OrgService
from dispatch_server.org.tree import first_level, is_open, upwards

UNKNOWN_HERE = "unknown_here"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to open. `officers`: certificate numbers."""

    department: str
    kind: Kind
    item: str
    officers: tuple[str, ...]
    terminals: tuple[str, ...]
    party: Party
    place: str
    latitude: float | None = None
    longitude: float | None = None
    by_terminal: str = ""  # the one that opens it and takes part itself; empty: the console does


@dataclass(frozen=True, slots=True)
class Power:
    """The item, and the departments that delegated it (none: it is the department's own)."""

    item: EnforcementItem
    delegated_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    org: OrgService
    terminals: TerminalsPort

    def is_open(self, department: str) -> bool:
        return bool(department) and is_open(self.org.now.departments, department)

    def power(self, department: str, item: str, utc_us: int) -> Power:
        """Own or delegated, at that moment. Raises DepartmentRefused, ItemRefused."""
        organisation = self.org.now
        if not self.is_open(department):
            raise refusals.DepartmentRefused
        found = organisation.items.get(item)
        if found is None or (found.closed_utc_us is not None and found.closed_utc_us <= utc_us):
            raise refusals.ItemRefused(item)
        by = tuple(one.from_department for one in delegations_of(organisation, item, department, utc_us))
        if not by and found.department not in upwards(department):
            raise refusals.ItemRefused(item)
        return Power(found, by)

    def members(
        self, department: str, certificates: Sequence[str], delegated_by: Sequence[str], utc_us: int
    ) -> tuple[Member, ...]:
        """
        Two at least are the department's own: it acts in its own name, also by delegation (行政处罚法 24, 42). Officers
        of a department that delegated the item may take part beside them. Raises OfficerRefused, OfficersTooFew.
        """
        found = [self.member(department, one, delegated_by, utc_us) for one in dict.fromkeys(certificates)]
        if sum(first_level(one.department) == first_level(department) for one in found) < OFFICERS_AT_LEAST:
            raise refusals.OfficersTooFew
        return tuple(found)

    def member(self, department: str, certificate: str, delegated_by: Sequence[str], utc_us: int) -> Member:
        """Raises OfficerRefused."""
        officer = self._officer(department, certificate, delegated_by)
        if officer is None:
            raise refusals.OfficerRefused(certificate, UNKNOWN_HERE)
        self._may_act(officer, utc_us)
        return Member(officer.certificate, officer.name, officer.department)

    def named(self, department: str, certificate: str, delegated_by: Sequence[str]) -> Member:
        """Whether or not they may act; one that is unknown here has no name."""
        officer = self._officer(department, certificate, delegated_by)
        return (
            Member(certificate, officer.name, officer.department)
            if officer is not None
            else Member(certificate, "", "")
        )

    def _officer(self, department: str, certificate: str, delegated_by: Sequence[str]) -> Officer | None:
        """Of the department's first level, or of one that delegated to it."""
        officer = self.org.now.officers_by_certificate.get(certificate)
        if officer is None or first_level(officer.department) == first_level(department):
            return officer
        return officer if any(is_within(officer.department, one) for one in delegated_by) else None

    def still_may_act(self, members: Sequence[Member], utc_us: int) -> None:
        """When it begins: a certificate may have ended since it was opened. Raises OfficerRefused."""
        for member in members:
            officer = self.org.now.officers_by_certificate.get(member.certificate)
            if officer is None:
                raise refusals.OfficerRefused(member.certificate, UNKNOWN_HERE)
            self._may_act(officer, utc_us)

    def part(self, department: str, numbers: Sequence[str], scope: Scope) -> tuple[str, ...]:
        """The terminals of the department's first level that whoever opens may see. Raises TerminalRefused."""
        chosen = tuple(dict.fromkeys(numbers))
        for number in chosen:
            facts = self.terminals.terminal(number)
            is_own = facts is not None and first_level(facts.department) == first_level(department)
            if facts is None or not (is_own and facts.may_take_part and scope.covers(facts.department)):
                raise refusals.TerminalRefused(number)
        return chosen

    def items(self, department: str, utc_us: int) -> list[tuple[EnforcementItem, bool]]:
        """What it may enforce now, each with whether it is delegated; by code."""
        delegated = {one.code: (one, True) for one in self.org.delegated_to(department, utc_us)}
        own = {
            one.code: (one, False)
            for one in self.org.now.items.values()
            if one.closed_utc_us is None and one.department in upwards(department)
        }
        return [both for _, both in sorted((own | delegated).items())]

    def officers(self, department: str, utc_us: int) -> list[Member]:
        """Who of the department's first level may act now; by certificate."""
        own = [
            one
            for one in self.org.now.officers.values()
            if first_level(one.department) == first_level(department) and self.org.officer_may_act(one, utc_us) is None
        ]
        return [
            Member(one.certificate, one.name, one.department) for one in sorted(own, key=lambda one: one.certificate)
        ]

    def _may_act(self, officer: Officer, utc_us: int) -> None:
        if (why := self.org.officer_may_act(officer, utc_us)) is not None:
            raise refusals.OfficerRefused(officer.certificate, why)
