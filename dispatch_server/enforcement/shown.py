"""Enforcements as the console and the terminals are shown them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dispatch_server.enforcement.before import Thresholds
from dispatch_server.enforcement.checklist import Line
from dispatch_server.enforcement.masking import masked
from dispatch_server.enforcement.model import Course, Enforcement, Member, Party
from dispatch_server.enforcement.steps import RecordingStep, StepList
from dispatch_server.org.model import EnforcementItem
from dispatch_server.protocol import enforcement_views as words
from dispatch_server.protocol.enforcement_words import CheckBefore, EnforcementPosition

Names = Callable[[str], tuple[str, str]]


def party_shown(party: Party, *, full: bool) -> words.PartyShown:
    shown = party if full else masked(party)
    return words.PartyShown(
        kind=shown.kind.value, name=shown.name, identifier=shown.identifier, masked=shown is not party
    )


def members_shown(members: Sequence[Member]) -> list[words.EnforcementOfficer]:
    return [words.EnforcementOfficer(**asdict(one)) for one in members]


def entry(one: Enforcement, names: Names, *, paused: bool = False, full: bool = False) -> words.EnforcementEntry:
    """`full`: with the party as it is, for those who entered it."""
    return words.EnforcementEntry.model_validate(_entry(one, names, paused, full))


def _entry(one: Enforcement, names: Names, paused: bool, full: bool) -> dict[str, Any]:
    chinese, english = names(one.department)
    position = None
    if one.latitude is not None and one.longitude is not None:
        position = EnforcementPosition(lat=one.latitude, lon=one.longitude)
    return {
        "id": one.id,
        "department": one.department,
        "department_name": chinese,
        "department_name_en": english,
        "state": one.state.value,
        "paused": paused,
        "kind": one.kind.value,
        "item_code": one.item_code,
        "item_name": one.item_name,
        "officers": members_shown(one.members),
        "terminals": list(one.terminals),
        "party": party_shown(one.party, full=full),
        "place": one.place,
        "position": position,
        "opened_utc_us": one.opened_utc_us,
        "begun_utc_us": one.begun_utc_us,
        "finished_utc_us": one.finished_utc_us,
        "filed_utc_us": one.filed_utc_us,
        "changed_utc_us": one.changed_utc_us,
        "faults": [asdict(fault) for fault in one.faults],
    }


def detail(
    course: Course, lines: Sequence[Line], covered: Mapping[int, bool], names: Names, *, full: bool = False
) -> words.EnforcementDetail:
    one = course.enforcement
    check = one.check
    plain = {name: value for name, value in asdict(check).items() if name != "troubles"} if check is not None else None
    more: dict[str, Any] = {
        "list_digest": one.list_digest,
        "opened_by": one.opened.by,
        "check": CheckBefore(**plain) if plain is not None else None,
        "check_troubles": [trouble.value for trouble in check.troubles] if check is not None else [],
        "check_reason": one.check_reason,
        "finish_reason": one.finish_reason,
        "cancel_reason": one.cancel_reason,
        "case_id": one.case_id,
        "checklist": [_line(line) for line in lines],
        **_happened(course, covered),
    }
    return words.EnforcementDetail.model_validate(_entry(one, names, course.is_paused, full) | more)


def _happened(course: Course, covered: Mapping[int, bool]) -> dict[str, Any]:
    return {
        "steps": [
            {
                "step": taken.step,
                "record_class": taken.class_.value,
                "begun_utc_us": taken.begun_utc_us,
                "ended_utc_us": taken.ended_utc_us,
                "covered": covered.get(taken.number, False),
                "by": taken.by,
            }
            for taken in course.steps
        ],
        "marks": [
            {name: value for name, value in asdict(mark).items() if name not in ("enforcement_id", "number")}
            for mark in course.marks
        ],
        "pauses": [
            {name: value for name, value in asdict(pause).items() if name not in ("enforcement_id", "number", "by")}
            for pause in course.pauses
        ],
    }


def _line(line: Line) -> words.ChecklistLine:
    return words.ChecklistLine(
        step=step_shown(line.step),
        standing=line.standing.value,
        taken=line.taken,
        missing=line.missing,
        reason=line.reason,
    )


def step_shown(step: RecordingStep) -> words.RecordingStep:
    return words.RecordingStep.model_validate(
        {
            "code": step.code,
            "name": step.name,
            "name_en": step.name_en,
            "kinds": sorted(kind.value for kind in step.kinds),
            "start": step.start,
            "end": step.end,
            "must_show": list(step.must_show),
            "record_class": step.class_.value,
            "retention": step.retention,
            "required": step.required,
            "condition": step.condition,
            "order": step.order,
        }
    )


def list_shown(steps: StepList) -> words.RecordingStepList:
    return words.RecordingStepList(
        digest=steps.digest, template=steps.template, steps=[step_shown(step) for step in steps.steps]
    )


def thresholds_shown(thresholds: Thresholds) -> words.CheckThresholds:
    return words.CheckThresholds(**asdict(thresholds))


def items_shown(items: Sequence[tuple[EnforcementItem, bool]]) -> list[words.ItemChoice]:
    return [
        words.ItemChoice(code=item.code, name=item.name, kind=item.kind.value, delegated=delegated)
        for item, delegated in items
    ]
