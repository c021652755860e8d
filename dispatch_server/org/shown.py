"""Departments, officers, items, delegations and reports as the console gets them."""

from dispatch_server.org.certificates import days_left
from dispatch_server.org.delegations import Desks, in_force
from dispatch_server.org.differences import differences
from dispatch_server.org.files import Report
from dispatch_server.org.model import Change, Delegation, Department, EnforcementItem, Officer, QuestionType
from dispatch_server.org.service import OrgService
from dispatch_server.protocol import organisation as messages

MOST_ENTRIES = 500
MOST_PROBLEMS = 100


def department(one: Department) -> messages.Department:
    return messages.Department(
        path=one.path,
        code=one.code,
        parent=one.parent,
        name=one.name,
        name_en=one.name_en,
        kind=one.kind.value,
        closed_utc_us=one.closed_utc_us,
        moved_to=one.moved_to,
        version=one.version,
    )


def officer(one: Officer, org: OrgService) -> messages.Officer:
    utc_us = org.world.utc_us()
    reason = org.officer_may_act(one, utc_us)
    return messages.Officer(
        id=one.id,
        name=one.name,
        certificate=one.certificate,
        department=one.department,
        expires_on=one.expires_on,
        valid_from=one.valid_from,
        withdrawn_on=one.withdrawn_on,
        person_id=one.person_id,
        closed=one.closed_utc_us is not None,
        closed_utc_us=one.closed_utc_us,
        version=one.version,
        may_not_act=reason.value if reason is not None else None,
        days_left=days_left(one, utc_us),
    )


def item(one: EnforcementItem) -> messages.Item:
    return messages.Item(
        code=one.code,
        name=one.name,
        kind=one.kind.value,
        department=one.department,
        basis=[messages.Article(law=it.law, article=it.article, text=it.text) for it in one.basis],
        question_types=[QuestionType(kind).value for kind in one.question_types],
        tiers=[messages.Tier(circumstance=it.circumstance, tier=it.tier, range=it.range) for it in one.tiers],
        closed=one.closed_utc_us is not None,
        closed_utc_us=one.closed_utc_us,
        version=one.version,
    )


def delegation(one: Delegation, utc_us: int) -> messages.Delegation:
    return messages.Delegation(
        id=one.id,
        item=one.item,
        from_department=one.from_department,
        to_department=one.to_department,
        since=one.since,
        until=one.until,
        document=one.document,
        closed_utc_us=one.closed_utc_us,
        version=one.version,
        in_force=in_force(one, utc_us),
    )


def desks(one: Desks) -> messages.Desks:
    return messages.Desks(
        item=one.item,
        item_version=one.item_version,
        departments=list(one.departments),
        centres=list(one.centres),
        is_delegated=one.is_delegated,
    )


def report(one: Report) -> messages.ImportReport:
    def count(what: str) -> int:
        return sum(change.what == what for change in one.changes)

    return messages.ImportReport(
        revision=one.revision,
        applied=one.applied,
        created=count("created"),
        changed=count("changed"),
        closed=count("closed"),
        reopened=count("reopened"),
        unchanged=one.unchanged,
        problems=list(one.problems[:MOST_PROBLEMS]),
        entries=[_entry(change) for change in one.changes[:MOST_ENTRIES]],
    )


def _entry(change: Change) -> messages.ImportEntry:
    after = change.after
    match after:
        case Officer():
            key, name = after.certificate, after.name
        case Delegation():
            key, name = f"{after.item} {after.from_department} → {after.to_department}", after.document
        case _:
            key, name = after.key, after.name
    return messages.ImportEntry.model_validate(
        {
            "kind": change.kind,
            "key": key,
            "name": name,
            "what": change.what,
            "differences": differences(change),
        }
    )
