"""How policies, holds and lists look to a console."""

from collections.abc import Sequence

from dispatch_server.archive.retention import messages
from dispatch_server.archive.retention.due import Due
from dispatch_server.archive.retention.model import Approval, DestructionList, Hold, Item
from dispatch_server.archive.retention.policy import LEAST_FLOOR_MONTHS, Policy, Rule


def policy_shown(policy: Policy | None) -> messages.PolicyShown:
    if policy is None:
        return messages.PolicyShown(digest="", floor_months=LEAST_FLOOR_MONTHS, rules=[])
    rules = [_rule(rule) for rule in policy.rules]
    return messages.PolicyShown(digest=policy.digest, floor_months=policy.floor_months, rules=rules)


def _rule(rule: Rule) -> messages.RuleEntry:
    plain = {name: getattr(rule, name) for name in ("name", "department", "kind", "step", "linked")}
    return messages.RuleEntry.model_validate({**plain, "class": rule.class_, "keep": str(rule.keep)})


def hold_entry(hold: Hold) -> messages.HoldEntry:
    return messages.HoldEntry(
        id=hold.id,
        state=hold.state.value,
        reason=hold.reason,
        recordings=hold.recordings,
        case_id=hold.case_id,
        placed_by=hold.placed_by.name,
        placed_utc_us=hold.placed_utc_us,
        until_utc_us=hold.until_utc_us,
        asked_by=hold.asked_by.name if hold.asked_by is not None else None,
        asked_by_id=hold.asked_by.id if hold.asked_by is not None else None,
        ask_reason=hold.ask_reason,
        ended_by=hold.ended_by.name if hold.ended_by is not None else None,
        ended_utc_us=hold.ended_utc_us,
    )


def destruction_entry(found: DestructionList) -> messages.DestructionEntry:
    return messages.DestructionEntry(
        id=found.id,
        department=found.department,
        state=found.state.value,
        reason=found.reason,
        made_by=found.made_by.name,
        made_by_id=found.made_by.id,
        made_utc_us=found.made_utc_us,
        policy=found.policy,
        approvals=[_approval(one) for one in (found.first, found.second) if one is not None],
        purge_utc_us=found.purge_utc_us,
        ended_by=found.ended_by.name if found.ended_by is not None else None,
        ended_utc_us=found.ended_utc_us,
        end_reason=found.end_reason,
    )


def _approval(approval: Approval) -> messages.ApprovalEntry:
    return messages.ApprovalEntry(
        person_id=approval.by.id, name=approval.by.name, roles=list(approval.by.roles), utc_us=approval.utc_us
    )


def item_entries(items: Sequence[Item]) -> list[messages.ItemEntry]:
    return [
        messages.ItemEntry(
            recording_id=item.recording_id,
            source=item.source,
            opened_utc_us=item.opened_utc_us,
            bytes=item.bytes,
            rule=item.rule,
            until_utc_us=item.until_utc_us,
            state=item.state.value,
            reason=item.reason,
            purged_utc_us=item.purged_utc_us,
        )
        for item in items
    ]


def due_list(due: Due, utc_us: int) -> messages.DueList:
    entries = [
        messages.DueEntry(
            recording_id=recording.card.id,
            department=recording.card.department,
            source=recording.card.source,
            opened_utc_us=recording.card.opened_utc_us,
            bytes=recording.bytes,
            rule=kept.keep.rule,
            until_utc_us=kept.keep.until_utc_us or 0,
        )
        for recording, kept in due.found
    ]
    return messages.DueList(recordings=entries, next_after=due.after, server_utc_us=utc_us)
