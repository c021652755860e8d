"""Which steps of an enforcement are on record and which are still missing before the team leaves: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.enforcement.model import Course, Kind, StepTaken
from dispatch_server.enforcement.steps import RecordingStep, StepList


class Standing(StrEnum):
    UNRECORDED = "unrecorded"
    RUNNING = "running"
    RECORDED = "recorded"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Line:
    """
    `taken`: the team did it, from begin to end. `missing`: to be done (again), or to be given a reason for, before the
    team leaves.
    """

    step: RecordingStep
    standing: Standing
    taken: bool
    missing: bool
    reason: str = ""


def checklist(steps: StepList, kind: Kind, course: Course, covered: Mapping[int, bool]) -> tuple[Line, ...]:
    """
    In the list's order. `covered`: by the number of a step taken, whether recordings cover it: a step counts as
    recorded only then. One that is conditional is missing only when it was taken and no recording covers it.
    """
    excused = course.excused()
    return tuple(_line(step, course, excused.get(step.code), covered) for step in steps.of_kind(kind))


def not_taken(steps: StepList, kind: Kind, course: Course) -> tuple[RecordingStep, ...]:
    """The required steps that nobody began, and that have no reason."""
    done = {one.step for one in course.steps} | set(course.excused())
    return tuple(step for step in steps.of_kind(kind) if step.required and step.code not in done)


def _line(step: RecordingStep, course: Course, reason: str | None, covered: Mapping[int, bool]) -> Line:
    times = [one for one in course.steps if one.step == step.code]
    ended = [one for one in times if one.ended_utc_us is not None]
    standing = _standing(times, ended, covered)
    if standing is Standing.UNRECORDED and reason is not None:
        standing = Standing.EXCUSED
    missing = standing is Standing.UNRECORDED and (step.required or bool(ended))
    missing = missing or (standing is Standing.RUNNING and step.required)
    return Line(step, standing, bool(ended), missing, reason or "")


def _standing(times: list[StepTaken], ended: list[StepTaken], covered: Mapping[int, bool]) -> Standing:
    if len(ended) < len(times):
        return Standing.RUNNING
    if ended and all(covered.get(one.number, False) for one in ended):
        return Standing.RECORDED
    return Standing.UNRECORDED
