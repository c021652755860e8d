"""What each happening makes of an enforcement's course: pure, and the only way in which one changes."""

from collections.abc import Mapping
from dataclasses import replace

from dispatch_server.enforcement import refusals
from dispatch_server.enforcement.checklist import not_taken
from dispatch_server.enforcement.model import (
    LIFE,
    Check,
    Course,
    Enforcement,
    Excuse,
    Fault,
    Happening,
    Mark,
    Moment,
    Pause,
    State,
    StepTaken,
)
from dispatch_server.enforcement.steps import StepList

MOST = {"steps": 200, "marks": 1_000, "pauses": 100, "excuses": 200}


def begin(course: Course, moment: Moment, check: Check, reason: str, faults: tuple[Fault, ...] = ()) -> Course:
    """
    `check` with its troubles; `faults`: of one that was told late. Raises WrongState, MomentWrong, CheckNeedsReason.
    """
    state = _after(course, Happening.BEGIN)
    _not_before(moment, course.enforcement.opened_utc_us, "it was opened")
    if check.troubles and not reason:
        raise refusals.CheckNeedsReason(check.troubles)
    both = tuple(dict.fromkeys((*course.enforcement.faults, *faults)))
    return _with(course, moment, state=state, begun=moment, check=check, check_reason=reason, faults=both)


def begin_step(course: Course, moment: Moment, step: str, steps: StepList) -> Course:
    """One that comes after the finish lasts to the end, unless its own end comes, too."""
    _after(course, Happening.STEP)
    _during(course, moment)
    one = course.enforcement
    line = steps.find(step, one.kind)
    if line is None:
        raise refusals.StepUnknown(step)
    if any(taken.step == step and taken.ended_utc_us is None for taken in course.steps):
        raise refusals.StepRuns(step)
    _room(course.steps, "steps")
    taken = StepTaken(
        enforcement_id=one.id,
        number=len(course.steps) + 1,
        step=step,
        class_=line.class_,
        begun_utc_us=moment.utc_us,
        ended_utc_us=one.finished_utc_us,
        received_utc_us=moment.received_utc_us,
        by=moment.by,
    )
    return replace(_with(course, moment), steps=(*course.steps, taken))


def end_step(course: Course, moment: Moment, step: str) -> Course:
    """Its own end takes the place of that which the finish gave it."""
    _after(course, Happening.STEP)
    _during(course, moment)
    finished = course.enforcement.finished_utc_us
    running = [one for one in course.steps if one.step == step and one.ended_utc_us in (None, finished)]
    if not running:
        raise refusals.StepRunsNot(step)
    last = running[-1]
    _not_before(moment, last.begun_utc_us, "the step began")
    steps = tuple(replace(one, ended_utc_us=moment.utc_us) if one is last else one for one in course.steps)
    return replace(_with(course, moment), steps=steps)


def mark(course: Course, moment: Moment, text: str, important: bool) -> Course:
    _after(course, Happening.MARK)
    _during(course, moment)
    _room(course.marks, "marks")
    made = Mark(
        enforcement_id=course.enforcement.id,
        number=len(course.marks) + 1,
        utc_us=moment.utc_us,
        received_utc_us=moment.received_utc_us,
        text=text,
        important=important,
        by=moment.by,
    )
    return replace(_with(course, moment), marks=(*course.marks, made))


def pause(course: Course, moment: Moment, reason: str) -> Course:
    _after(course, Happening.PAUSE)
    _during(course, moment)
    if course.is_paused:
        raise refusals.PausedAlready
    _room(course.pauses, "pauses")
    if course.pauses:
        _not_before(moment, course.pauses[-1].to_utc_us or 0, "the pause before it ended")
    made = Pause(
        enforcement_id=course.enforcement.id,
        number=len(course.pauses) + 1,
        from_utc_us=moment.utc_us,
        reason=reason,
        by=moment.by,
    )
    return replace(_with(course, moment), pauses=(*course.pauses, made))


def resume(course: Course, moment: Moment, reason: str) -> Course:
    _after(course, Happening.RESUME)
    if not course.is_paused:
        raise refusals.NotPaused
    _not_before(moment, course.pauses[-1].from_utc_us, "the pause began")
    return replace(_with(course, moment), pauses=_pause_ended(course, moment.utc_us, reason))


def finish(course: Course, moment: Moment, reason: str, missing: Mapping[str, str], steps: StepList) -> Course:
    """
    What runs, and a pause, end with it. `missing`: step → reason. Raises StepsMissing for required steps that were not
    taken and have none: whether a recording of what was taken has arrived is not asked, because it may come later.
    """
    state = _after(course, Happening.FINISH)
    one = course.enforcement
    _not_before(moment, one.begun_utc_us or 0, "it began")
    for step, why in missing.items():
        course = _excused(course, moment, step, why, steps)
    if still := not_taken(steps, one.kind, course):
        raise refusals.StepsMissing(line.code for line in still)
    ended = tuple(
        replace(taken, ended_utc_us=max(taken.begun_utc_us, moment.utc_us)) if taken.ended_utc_us is None else taken
        for taken in course.steps
    )
    finished = _with(course, moment, state=state, finished=moment, finish_reason=reason)
    return replace(finished, steps=ended, pauses=_pause_ended(course, moment.utc_us, ""))


def excuse(course: Course, moment: Moment, step: str, reason: str, steps: StepList) -> Course:
    """The written explanation afterwards."""
    _after(course, Happening.EXCUSE)
    return _excused(_with(course, moment), moment, step, reason, steps)


def file(course: Course, moment: Moment, case_id: str) -> Course:
    return _with(course, moment, state=_after(course, Happening.FILE), filed=moment, case_id=case_id)


def cancel(course: Course, moment: Moment, reason: str) -> Course:
    return _with(course, moment, state=_after(course, Happening.CANCEL), cancel_reason=reason)


def _after(course: Course, happening: Happening) -> State:
    state = course.enforcement.state
    if not LIFE.allows(state, happening):
        raise refusals.WrongState(state, happening)
    return LIFE.after(state, happening)


def _with(course: Course, moment: Moment, **values: object) -> Course:
    one: Enforcement = replace(course.enforcement, changed_utc_us=moment.received_utc_us, **values)  # type: ignore[arg-type]
    return replace(course, enforcement=one)


def _during(course: Course, moment: Moment) -> None:
    one = course.enforcement
    _not_before(moment, one.begun_utc_us or 0, "it began")
    if one.finished_utc_us is not None and moment.utc_us > one.finished_utc_us:
        raise refusals.WrongState(one.state, "what is later than its end")


def _not_before(moment: Moment, utc_us: int, what: str) -> None:
    if moment.utc_us < utc_us:
        raise refusals.MomentWrong(f"That is before {what}.")


def _room(those: tuple[object, ...], what: str) -> None:
    if len(those) >= MOST[what]:
        raise refusals.TooMuchHappened(what)


def _excused(course: Course, moment: Moment, step: str, reason: str, steps: StepList) -> Course:
    one = course.enforcement
    if steps.find(step, one.kind) is None:
        raise refusals.StepUnknown(step)
    _room(course.excuses, "excuses")
    made = Excuse(
        enforcement_id=one.id,
        number=len(course.excuses) + 1,
        step=step,
        reason=reason,
        utc_us=moment.received_utc_us,
        by=moment.by,
    )
    return replace(course, excuses=(*course.excuses, made))


def _pause_ended(course: Course, utc_us: int, reason: str) -> tuple[Pause, ...]:
    if not course.is_paused:
        return course.pauses
    last = course.pauses[-1]
    return (*course.pauses[:-1], replace(last, to_utc_us=max(utc_us, last.from_utc_us), resume_reason=reason))
