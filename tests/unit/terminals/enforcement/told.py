"""What a server tells a terminal of enforcements, and what was said there, for tests."""

from typing import Any

from dispatch_server.protocol.enforcement_views import (
    ChecklistLine,
    CheckThresholds,
    CurrentEnforcement,
    EnforcementChoices,
    EnforcementDetail,
    EnforcementEntry,
    RecordingStep,
    RecordingStepList,
)
from terminals.enforcement.outbox import Said


def said(what: str, key: str = "", /, of: str = "e", at: int = 1, **body: Any) -> Said:
    return Said(of, what, {"key": key or what, "utc_us": at, **body})


def step(code: str, order: int = 1, required: bool = True, kinds: tuple[str, ...] = ("penalty",)) -> RecordingStep:
    return RecordingStep.model_validate(
        {
            "code": code, "name": code, "name_en": code, "kinds": list(kinds), "start": "", "end": "", "must_show": [],
            "record_class": "scene", "retention": "r", "required": required, "condition": "", "order": order,
        }
    )  # fmt: skip


def line(code: str, standing: str = "unrecorded", reason: str = "", order: int = 1, taken: bool = False) -> Any:
    taken = taken or standing == "recorded"
    return ChecklistLine.model_validate(
        {
            "step": step(code, order).model_dump(), "standing": standing, "taken": taken, "reason": reason,
            "missing": standing in ("unrecorded", "running"),
        }
    )  # fmt: skip


def _words(identity: str, state: str, paused: bool) -> dict[str, Any]:
    return {
        "id": identity, "department": "13", "department_name": "甲镇", "department_name_en": "A", "state": state,
        "paused": paused, "kind": "penalty", "item_code": "CF-03-001", "item_name": "事项", "officers": [],
        "terminals": ["T1301"], "place": "某街1号", "position": None, "opened_utc_us": 5, "begun_utc_us": 6,
        "party": {"kind": "organisation", "name": "某店", "identifier": "", "masked": False}, "finished_utc_us": None,
        "filed_utc_us": None, "changed_utc_us": 7,
    }  # fmt: skip


def entry(identity: str = "e", **more: Any) -> EnforcementEntry:
    return EnforcementEntry.model_validate(_words(identity, "opened", False) | more)


def detail(identity: str = "e", paused: bool = False, lines: tuple[ChecklistLine, ...] = (), **more: Any) -> Any:
    words = _words(identity, "under_way", paused) | {
        "list_digest": "d", "opened_by": "person:1", "check": None, "check_troubles": [], "check_reason": "",
        "finish_reason": "", "cancel_reason": "", "case_id": "", "checklist": list(lines), "steps": [], "marks": [],
        "pauses": [],
    }  # fmt: skip
    return EnforcementDetail.model_validate(words | more)


def told(
    enforcement: EnforcementDetail | None = None, *waiting: EnforcementEntry, at: int = 100
) -> CurrentEnforcement:  # fmt: skip
    return CurrentEnforcement(enforcement=enforcement, waiting=list(waiting), server_utc_us=at)


def choices(*steps: RecordingStep) -> EnforcementChoices:
    return EnforcementChoices(
        items=[], officers=[], terminals=[], server_utc_us=1,
        steps=RecordingStepList(digest="d", template=False, steps=list(steps)),
        thresholds=CheckThresholds(battery_percent=0, storage_free_bytes=0, clock_offset_us=1 << 50),
    )  # fmt: skip
