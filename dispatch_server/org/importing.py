"""What a file would change in the organisation: it adds and changes, and takes away nothing that it does not close."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from dispatch_server.org.file_lines import DelegationLine, ItemLine, OfficerLine, OrganisationFile, TeamLine
from dispatch_server.org.model import (
    ROOT,
    Article,
    Change,
    Delegation,
    Department,
    DepartmentKind,
    EnforcementItem,
    ItemKind,
    Officer,
    Organisation,
    QuestionType,
    Thing,
    Tier,
)
from dispatch_server.org.tree import child_path

T = TypeVar("T", Department, Officer, EnforcementItem, Delegation)


@dataclass(frozen=True, slots=True)
class Plan:
    changes: tuple[Change, ...]
    unchanged: int

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)


def plan(base: Organisation, file: OrganisationFile, new_id: Callable[[], str], utc_us: int) -> Plan:
    """The same file twice: the second time nothing changes."""
    pairs: list[tuple[Thing | None, Thing]] = [
        *_departments(base, file, utc_us),
        *(_officer(base, line, new_id, utc_us) for line in file.officers),
        *(_item(base, line, utc_us) for line in file.items),
        *(pair for line in file.delegations for pair in _delegations(base, line, new_id, utc_us)),
    ]
    changes = tuple(Change(before, after) for before, after in pairs if before != after)
    return Plan(changes, len(pairs) - len(changes))


def _settled(before: T | None, after: T, closed: bool, utc_us: int) -> tuple[T | None, T]:
    """With the moment of closing as it was, and the next version only where something differs."""
    if before is None:
        return None, replace(after, closed_utc_us=utc_us if closed else None, version=1)
    kept = before.closed_utc_us if before.closed_utc_us is not None else utc_us
    after = replace(after, closed_utc_us=kept if closed else None, version=before.version)
    return before, after if after == before else replace(after, version=before.version + 1)


def _departments(
    base: Organisation, file: OrganisationFile, utc_us: int
) -> Iterator[tuple[Department | None, Department]]:
    if file.county is not None:
        yield _department(base, ROOT, DepartmentKind.COUNTY, file.county, file.county_en or "", False, utc_us)
    for line in file.departments:
        kind = DepartmentKind(line.kind)
        yield _department(base, line.code, kind, line.name, line.name_en, line.closed, utc_us)
        yield from _teams(base, line.code, line.teams, utc_us)


def _teams(
    base: Organisation, parent: str, lines: Sequence[TeamLine], utc_us: int
) -> Iterator[tuple[Department | None, Department]]:
    for line in lines:
        path = child_path(parent, line.code)
        yield _department(base, path, DepartmentKind.TEAM, line.name, line.name_en, line.closed, utc_us)
        yield from _teams(base, path, line.teams, utc_us)


def _department(
    base: Organisation, path: str, kind: DepartmentKind, name: str, name_en: str, closed: bool, utc_us: int
) -> tuple[Department | None, Department]:
    before = base.departments.get(path)
    moved_to = before.moved_to if before is not None and closed else ""
    after = Department(path=path, name=name, name_en=name_en, kind=kind, moved_to=moved_to)
    return _settled(before, after, closed, utc_us)


def _officer(
    base: Organisation, line: OfficerLine, new_id: Callable[[], str], utc_us: int
) -> tuple[Officer | None, Officer]:
    before = base.officers_by_certificate.get(line.certificate)
    person = line.person if line.person is not None else before.person_id if before is not None else ""
    after = Officer(
        id=before.id if before is not None else new_id(),
        name=line.name,
        certificate=line.certificate,
        department=line.department,
        expires_on=line.expires_on,
        valid_from=line.valid_from,
        withdrawn_on=line.withdrawn_on,
        person_id=person,
    )
    return _settled(before, after, line.closed, utc_us)


def _item(base: Organisation, line: ItemLine, utc_us: int) -> tuple[EnforcementItem | None, EnforcementItem]:
    after = EnforcementItem(
        code=line.code,
        name=line.name,
        kind=ItemKind(line.kind),
        department=line.department,
        basis=tuple(Article(one.law, one.article, one.text) for one in line.basis),
        question_types=tuple(one for one in QuestionType if one.value in line.question_types),
        tiers=tuple(Tier(one.circumstance, one.tier, one.range) for one in line.tiers),
    )
    return _settled(base.items.get(line.code), after, line.closed, utc_us)


def _delegations(
    base: Organisation, line: DelegationLine, new_id: Callable[[], str], utc_us: int
) -> Iterator[tuple[Delegation | None, Delegation]]:
    for item in line.items:
        for to in line.to:
            there = base.delegations_by_item_and_township.get((item, to), ())
            key = item, line.from_department, to, line.since
            before = next((one for one in there if one.natural_key == key), None)
            after = Delegation(
                id=before.id if before is not None else new_id(),
                item=item,
                from_department=line.from_department,
                to_department=to,
                since=line.since,
                until=line.until,
                document=line.document,
            )
            yield _settled(before, after, line.closed, utc_us)
