"""Enforcements as rows, and back."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import Row, Table

from dispatch_server.enforcement import tables
from dispatch_server.enforcement.model import (
    Check,
    Class,
    Course,
    Enforcement,
    Excuse,
    Fault,
    Kind,
    Mark,
    Member,
    Moment,
    Party,
    PartyKind,
    Pause,
    State,
    StepTaken,
    Trouble,
)

_MOMENTS = ("opened", "begun", "finished", "filed")
_PLAIN = ("id", "department", "item_code", "item_version", "item_name", "place", "latitude", "longitude")
_WORDS = ("list_digest", "changed_utc_us", "check_reason", "finish_reason", "cancel_reason", "case_id")
T = TypeVar("T", StepTaken, Mark, Pause, Excuse)


def enforcement_row(one: Enforcement) -> dict[str, Any]:
    """Without `open_key`, which is written once."""
    row: dict[str, Any] = {name: getattr(one, name) for name in (*_PLAIN, *_WORDS)}
    row |= {"state": one.state.value, "kind": one.kind.value, "checked": _check_text(one.check)}
    row |= {
        "party_kind": one.party.kind.value,
        "party_name": one.party.name,
        "party_identifier": one.party.identifier,
    }
    row["faults"] = json.dumps([asdict(fault) for fault in one.faults], ensure_ascii=False) if one.faults else None
    for name in _MOMENTS:
        moment: Moment | None = getattr(one, name)
        row[f"{name}_utc_us"] = moment.utc_us if moment is not None else None
        row[f"{name}_received_utc_us"] = moment.received_utc_us if moment is not None else None
        row[f"{name}_by"] = moment.by if moment is not None else None
    return row


def officer_rows(one: Enforcement) -> list[dict[str, Any]]:
    return [
        {
            "enforcement_id": one.id,
            "number": number,
            "certificate": member.certificate,
            "name": member.name,
            "department": member.department,
        }
        for number, member in enumerate(one.members, 1)
    ]


def terminal_rows(one: Enforcement) -> list[dict[str, Any]]:
    is_busy = one.state is State.UNDER_WAY
    return [
        {"enforcement_id": one.id, "number": number, "terminal": terminal, "busy": terminal if is_busy else None}
        for number, terminal in enumerate(one.terminals, 1)
    ]


def happened_rows(before: Course | None, after: Course) -> list[tuple[Table, list[dict[str, Any]]]]:
    """What is new or changed in the course."""
    old = before or Course(after.enforcement)
    return [
        (tables.steps, _new(old.steps, after.steps)),
        (tables.marks, _new(old.marks, after.marks)),
        (tables.pauses, _new(old.pauses, after.pauses)),
        (tables.excuses, _new(old.excuses, after.excuses)),
    ]


def _new(before: Sequence[T], after: Sequence[T]) -> list[dict[str, Any]]:
    known = set(before)
    return [
        {field.name: _plain(getattr(one, field.name)) for field in fields(one)} for one in after if one not in known
    ]


def _plain(value: object) -> object:
    return value.value if isinstance(value, Class) else value


def enforcement_of(row: Row[Any], members: Sequence[Row[Any]], numbers: Sequence[Row[Any]]) -> Enforcement:
    opened = _moment(row, "opened")
    assert opened is not None
    return Enforcement(
        **{name: getattr(row, name) for name in (*_PLAIN, *_WORDS)},
        kind=Kind(row.kind),
        state=State(row.state),
        party=Party(PartyKind(row.party_kind), row.party_name, row.party_identifier),
        members=tuple(Member(one.certificate, one.name, one.department) for one in members),
        terminals=tuple(one.terminal for one in numbers),
        opened=opened,
        begun=_moment(row, "begun"),
        finished=_moment(row, "finished"),
        filed=_moment(row, "filed"),
        check=_check(row.checked),
        faults=tuple(Fault(**one) for one in json.loads(row.faults or "[]")),
    )


def happened_of(kind: type[T], rows: Sequence[Row[Any]]) -> tuple[T, ...]:
    found = []
    for row in rows:
        values = dict(row._mapping)
        if "class_" in values:
            values["class_"] = Class(values["class_"])
        found.append(kind(**values))
    return tuple(found)


def _moment(row: Row[Any], name: str) -> Moment | None:
    utc_us = getattr(row, f"{name}_utc_us")
    if utc_us is None:
        return None
    return Moment(utc_us, getattr(row, f"{name}_received_utc_us"), getattr(row, f"{name}_by"))


def _check_text(check: Check | None) -> str | None:
    return None if check is None else json.dumps(asdict(check), separators=(",", ":"))


def _check(text: str | None) -> Check | None:
    if text is None:
        return None
    values = json.loads(text)
    troubles = tuple(Trouble(one) for one in values.pop("troubles"))
    return Check(**values, troubles=troubles)
