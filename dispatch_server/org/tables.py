"""The tables of this room, and how a thing becomes a row and a row a thing."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from dispatch_server.org.model import (
    Article,
    Delegation,
    Department,
    DepartmentKind,
    EnforcementItem,
    ItemKind,
    Officer,
    QuestionType,
    Thing,
    Tier,
)
from dispatch_server.runtime.database import METADATA

revisions = Table(  # one row: every writer changes it first, so that writers come one after the other
    "org_revision",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
)
departments = Table(
    "org_departments",
    METADATA,
    Column("path", String(64), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("name_en", String(60), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("closed_utc_us", BigInteger),
    Column("moved_to", String(64), nullable=False),
    Column("version", Integer, nullable=False),
)
officers = Table(
    "org_officers",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("certificate", String(40), nullable=False, unique=True),
    Column("department", String(64), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("valid_from", Date),
    Column("withdrawn_on", Date),
    Column("person_id", String(64), nullable=False),
    Column("closed_utc_us", BigInteger),
    Column("version", Integer, nullable=False),
    Index("ix_org_officers_department", "department"),
)
items = Table(
    "org_items",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("department", String(64), nullable=False),
    Column("basis", Text, nullable=False),
    Column("question_types", Text, nullable=False),
    Column("tiers", Text, nullable=False),
    Column("closed_utc_us", BigInteger),
    Column("version", Integer, nullable=False),
)
item_versions = Table(
    "org_item_versions",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Text, nullable=False),
)
delegations = Table(
    "org_delegations",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("item", String(32), nullable=False),
    Column("from_department", String(64), nullable=False),
    Column("to_department", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date),
    Column("document", String(200), nullable=False),
    Column("closed_utc_us", BigInteger),
    Column("version", Integer, nullable=False),
    UniqueConstraint("item", "from_department", "to_department", "since", name="uq_org_delegations_item"),
)
imports = Table(  # what was imported, as it was: the ledger has its digest
    "org_imports",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("utc_us", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

TABLE_OF: dict[str, tuple[Table, Column[Any]]] = {
    "department": (departments, departments.c.path),
    "officer": (officers, officers.c.id),
    "item": (items, items.c.code),
    "delegation": (delegations, delegations.c.id),
}
_AS_JSON = ("basis", "question_types", "tiers")


def row_of(thing: Thing) -> dict[str, Any]:
    row = asdict(thing)
    for name in _AS_JSON:
        if name in row:
            row[name] = json.dumps(row[name], ensure_ascii=False, separators=(",", ":"))
    return {name: str(value) if isinstance(value, DepartmentKind | ItemKind) else value for name, value in row.items()}


def department_of(row: Row[Any]) -> Department:
    return Department(**{**row._mapping, "kind": DepartmentKind(row.kind)})


def officer_of(row: Row[Any]) -> Officer:
    return Officer(**row._mapping)


def delegation_of(row: Row[Any]) -> Delegation:
    return Delegation(**row._mapping)


def item_of(values: dict[str, Any]) -> EnforcementItem:
    """From a row, or from the content of a kept version."""
    return EnforcementItem(
        **{
            **values,
            "kind": ItemKind(values["kind"]),
            "basis": tuple(Article(**one) for one in json.loads(values["basis"])),
            "question_types": tuple(QuestionType(one) for one in json.loads(values["question_types"])),
            "tiers": tuple(Tier(**one) for one in json.loads(values["tiers"])),
        }
    )
