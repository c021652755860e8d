"""What the county consists of: departments, officers, enforcement items and delegations, as one unchanging whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import SEPARATOR

ROOT = ""  # the county's own path


class DepartmentKind(StrEnum):
    COUNTY = "county"
    CENTRE = "centre"  # the justice bureau's supervision centre
    BUREAU = "bureau"
    TOWNSHIP = "township"
    TEAM = "team"


class ItemKind(StrEnum):
    PENALTY = "penalty"
    LICENSING = "licensing"
    COMPULSION = "compulsion"
    INSPECTION = "inspection"
    EXPROPRIATION = "expropriation"
    OTHER = "other"


class QuestionType(StrEnum):
    LAW_APPLICATION = "law_application"
    DISCRETION_BENCHMARK = "discretion_benchmark"
    FACT_FINDING = "fact_finding"
    PROCEDURE = "procedure"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Department:
    """Never deleted, only closed: its path stands in recordings and in the ledger, and means nothing else later."""

    path: str
    name: str
    name_en: str
    kind: DepartmentKind
    closed_utc_us: int | None = None
    moved_to: str = ""  # the path under which it goes on
    version: int = 1

    @property
    def key(self) -> str:
        return self.path

    @property
    def code(self) -> str:
        return self.path.rpartition(SEPARATOR)[2]

    @property
    def parent(self) -> str | None:
        return self.path.rpartition(SEPARATOR)[0] if self.path != ROOT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Days are the county's. The certificate is good from `valid_from` to the end of `expires_on`."""

    id: str
    name: str
    certificate: str
    department: str
    expires_on: date
    valid_from: date | None = None
    withdrawn_on: date | None = None
    person_id: str = ""  # the person who signs in; empty: none
    closed_utc_us: int | None = None  # left the service
    version: int = 1

    @property
    def key(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Article:
    """An empty `article` or `text` is one that the county has still to fill in."""

    law: str
    article: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    circumstance: str
    tier: str
    range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementItem:
    """A power. Each version is kept, so that a record can show what both sides saw."""

    code: str
    name: str
    kind: ItemKind
    department: str  # the county department that owns it
    basis: tuple[Article, ...]
    question_types: tuple[QuestionType, ...] = tuple(QuestionType)
    tiers: tuple[Tier, ...] = ()
    closed_utc_us: int | None = None
    version: int = 1

    @property
    def key(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """From the beginning of `since` to the end of `until`; closed: revoked at that moment."""

    id: str
    item: str
    from_department: str
    to_department: str
    since: date
    until: date | None = None
    document: str
    closed_utc_us: int | None = None
    version: int = 1

    @property
    def key(self) -> str:
        return self.id

    @property
    def natural_key(self) -> tuple[str, str, str, date]:
        """By what a file calls it."""
        return self.item, self.from_department, self.to_department, self.since


Thing = Department | Officer | EnforcementItem | Delegation
KINDS: dict[type[Thing], str] = {
    Department: "department",
    Officer: "officer",
    EnforcementItem: "item",
    Delegation: "delegation",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it was (None: it is new) and as it will be."""

    before: Thing | None
    after: Thing

    @property
    def kind(self) -> str:
        return KINDS[type(self.after)]

    @property
    def what(self) -> str:
        """created, changed, closed or reopened."""
        if self.before is None:
            return "created"
        if (self.before.closed_utc_us is None) == (self.after.closed_utc_us is None):
            return "changed"
        return "reopened" if self.after.closed_utc_us is None else "closed"


@dataclass(frozen=True)
class Organisation:
    """The whole at one revision. Readers keep it as long as they like: a change makes another one."""

    revision: int = 0
    departments: Mapping[str, Department] = field(default_factory=dict)  # by path
    officers: Mapping[str, Officer] = field(default_factory=dict)  # by id
    items: Mapping[str, EnforcementItem] = field(default_factory=dict)  # by code
    delegations: Mapping[str, Delegation] = field(default_factory=dict)  # by id

    @property
    def is_empty(self) -> bool:
        return not self.departments

    def with_changes(self, changes: Iterable[Change], revision: int) -> "Organisation":
        parts: dict[str, dict[str, Thing]] = {
            "department": dict(self.departments),
            "officer": dict(self.officers),
            "item": dict(self.items),
            "delegation": dict(self.delegations),
        }
        for change in changes:
            parts[change.kind][change.after.key] = change.after
        return Organisation(revision, *parts.values())  # type: ignore[arg-type]  # each kind in its own part

    @cached_property
    def delegations_by_item_and_township(self) -> Mapping[tuple[str, str], tuple[Delegation, ...]]:
        found: dict[tuple[str, str], tuple[Delegation, ...]] = {}
        for one in self.delegations.values():
            key = one.item, one.to_department
            found[key] = (*found.get(key, ()), one)
        return found

    @cached_property
    def officers_by_person(self) -> Mapping[str, Officer]:
        """Those who sign in and have not left."""
        return {one.person_id: one for one in self.officers.values() if one.person_id and one.closed_utc_us is None}

    @cached_property
    def officers_by_certificate(self) -> Mapping[str, Officer]:
        return {one.certificate: one for one in self.officers.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanged(Event):
    """`kinds`: of what (department, officer, item, delegation). The whole is read anew by whoever needs it."""

    durable: ClassVar[bool] = True

    revision: int
    kinds: tuple[str, ...]
