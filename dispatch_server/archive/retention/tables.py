"""Retention's tables, and how persons and approvals are written in them."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text

from dispatch_server.archive.retention.model import Approval, Person
from dispatch_server.runtime.database import METADATA

holds = Table(
    "retention_holds",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("placed_utc_us", BigInteger, nullable=False),
    Column("until_utc_us", BigInteger),
    Column("words", Text, nullable=False),
    Column("case_id", String(36), nullable=False, server_default=""),  # over all that belongs to it, also later
    Index("ix_retention_holds_state", "state"),
    Index("ix_retention_holds_case_id", "case_id"),
)
hold_recordings = Table(
    "retention_hold_recordings",
    METADATA,
    Column("hold_id", String(36), ForeignKey("retention_holds.id"), primary_key=True),
    Column("recording_id", String(36), primary_key=True),
    Column("department", String(200), nullable=False),
    Index("ix_retention_hold_recordings_recording_id", "recording_id"),
    Index("ix_retention_hold_recordings_department", "department"),
)
lists = Table(
    "retention_lists",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("department", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("made_utc_us", BigInteger, nullable=False),
    Column("purge_utc_us", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Index("ix_retention_lists_state", "state"),
    Index("ix_retention_lists_department", "department"),
)
items = Table(
    "retention_items",
    METADATA,
    Column("list_id", String(36), ForeignKey("retention_lists.id"), primary_key=True),
    Column("recording_id", String(36), primary_key=True),
    Column("department", String(200), nullable=False),
    Column("source", String(64), nullable=False),
    Column("opened_utc_us", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("until_utc_us", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("purged_utc_us", BigInteger, nullable=False),
    Index("ix_retention_items_recording_id", "recording_id"),
    Index("ix_retention_items_state", "state"),
)
notes = Table(
    "retention_notes",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)


def write_words(**words: Person | Approval | str | int | None) -> str:
    plain = {name: value if isinstance(value, str | int | None) else asdict(value) for name, value in words.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def person_of(plain: Any) -> Person | None:
    return None if plain is None else Person(plain["id"], plain["name"], tuple(plain["roles"]))


def approval_of(plain: Any) -> Approval | None:
    return None if plain is None else Approval(person_of(plain["by"]) or Person("", ""), plain["utc_us"])
