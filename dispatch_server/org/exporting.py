"""The organisation as a file says it: the same form that an import reads, so that it can go there and back."""

import json
from datetime import date
from typing import Any

import yaml

from dispatch_server.org.model import ROOT, Delegation, Department, EnforcementItem, Officer, Organisation
from dispatch_server.org.tree import depth

HEAD = "# The organisation as it was exported. An import of this file changes nothing, until you change the file.\n"


class _Dumper(yaml.SafeDumper):
    """The same day in two lines is written twice: an import takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def plain_values(organisation: Organisation) -> dict[str, Any]:
    """What file_lines.OrganisationFile reads; keys that say nothing are left out."""
    county = organisation.departments.get(ROOT)
    found: dict[str, Any] = {}
    if county is not None:
        found |= {"county": county.name, "county_en": county.name_en}
    ordered = sorted(organisation.departments.values(), key=lambda one: one.path)
    found["departments"] = [_department(ordered, one) for one in ordered if depth(one.path) == 1]
    found["officers"] = [_officer(one) for one in sorted(organisation.officers.values(), key=_by_certificate)]
    found["items"] = [_item(one) for one in sorted(organisation.items.values(), key=lambda one: one.code)]
    found["delegations"] = _delegations(organisation)
    return {name: value for name, value in found.items() if value}


def as_json(organisation: Organisation) -> bytes:
    """For the process that writes files."""
    return json.dumps(plain_values(organisation), ensure_ascii=False, default=date.isoformat).encode()


def as_yaml(organisation: Organisation) -> str:
    return HEAD + yaml.dump(plain_values(organisation), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _by_certificate(one: Officer) -> str:
    return one.certificate


def _department(ordered: list[Department], one: Department) -> dict[str, Any]:
    found: dict[str, Any] = {"code": one.code}
    if depth(one.path) == 1:
        found["kind"] = one.kind.value
    found["name"] = one.name
    if one.name_en:
        found["name_en"] = one.name_en
    if one.closed_utc_us is not None:
        found["closed"] = True
    if teams := [_department(ordered, team) for team in ordered if team.parent == one.path]:
        found["teams"] = teams
    return found


def _officer(one: Officer) -> dict[str, Any]:
    found: dict[str, Any] = {"certificate": one.certificate, "name": one.name, "department": one.department}
    found |= {"valid_from": one.valid_from, "expires_on": one.expires_on, "withdrawn_on": one.withdrawn_on}
    found |= {"person": one.person_id or None, "closed": one.closed_utc_us is not None or None}
    return {name: value for name, value in found.items() if value is not None}


def _item(one: EnforcementItem) -> dict[str, Any]:
    found: dict[str, Any] = {"code": one.code, "name": one.name, "kind": one.kind.value, "department": one.department}
    found["basis"] = [
        {name: value for name, value in (("law", it.law), ("article", it.article), ("text", it.text)) if value}
        for it in one.basis
    ]
    found["question_types"] = [kind.value for kind in one.question_types]
    if one.tiers:
        found["tiers"] = [{"circumstance": it.circumstance, "tier": it.tier, "range": it.range} for it in one.tiers]
    if one.closed_utc_us is not None:
        found["closed"] = True
    return found


def _delegations(organisation: Organisation) -> list[dict[str, Any]]:
    """Those of one document together: first the townships of each item, then the items with the same townships."""
    townships: dict[tuple[Any, ...], list[str]] = {}
    for one in sorted(organisation.delegations.values(), key=lambda one: one.to_department):
        townships.setdefault((*_head(one), one.item), []).append(one.to_department)
    lines: dict[tuple[Any, ...], list[str]] = {}
    for (*head, item), to in sorted(townships.items(), key=lambda pair: tuple(map(str, pair[0]))):
        lines.setdefault((*head, tuple(to)), []).append(item)
    return [_delegation(key, items) for key, items in lines.items()]


def _head(one: Delegation) -> tuple[Any, ...]:
    return one.document, one.from_department, one.since, one.until, one.closed_utc_us is not None


def _delegation(key: tuple[Any, ...], items: list[str]) -> dict[str, Any]:
    document, from_department, since, until, closed, to = key
    found: dict[str, Any] = {"document": document, "from": from_department, "since": since}
    if until is not None:
        found["until"] = until
    found |= {"items": items, "to": list(to)}
    if closed:
        found["closed"] = True
    return found
