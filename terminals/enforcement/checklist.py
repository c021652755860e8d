"""The required-recording list of one enforcement as this terminal shows it, and the codes that may be said (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.enforcement_views import CurrentEnforcement, EnforcementChoices, RecordingStep
from terminals.enforcement.course import Course

TAKEN, RUNNING, EXCUSED, UNRECORDED = "taken", "running", "excused", "unrecorded"
WORDS = {TAKEN: "已进行", RUNNING: "进行中", EXCUSED: "已说明", UNRECORDED: "未录"}


class StepWrong(LocalFault):
    """`why`: in Chinese and English."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__("step_wrong", f"{code}: {why}")


@dataclass(frozen=True, slots=True)
class Line:
    """`standing`: as it was done here. `is_recorded`: the server has a recording of it; None: not known here."""

    step: RecordingStep
    standing: str
    is_recorded: bool | None = None

    @property
    def is_lacking(self) -> bool:
        """The finish wants a reason for it; what runs ends with the finish."""
        return self.step.required and self.standing == UNRECORDED

    def shown(self) -> str:
        step = self.step
        usual = "" if step.required else f"  （视情况 if it happens: {step.condition or '—'}）"
        lacks = "  （服务器尚无录像 no recording there yet）" if self.is_recorded is False else ""
        return f"  {WORDS[self.standing]} {self.standing}: {step.code}  {step.name} / {step.name_en}{usual}{lacks}"


def lines(course: Course, told: CurrentEnforcement | None, choices: EnforcementChoices | None) -> list[Line] | None:
    """In the list's order; None: it is not known here. The enforcement's own version of the list goes first."""
    one = told.enforcement if told is not None else None
    if one is not None and one.id == course.enforcement:
        recorded = {line.step.code: line.standing == "recorded" for line in one.checklist if line.taken}
        steps = [line.step for line in one.checklist]
        return [Line(step, _standing(course, step.code), recorded.get(step.code)) for step in _in_order(steps)]
    if choices is None:
        return None
    steps = [step for step in choices.steps.steps if not course.kind or course.kind in step.kinds]
    return [Line(step, _standing(course, step.code)) for step in _in_order(steps)]


def may_take(course: Course, found: Sequence[Line] | None, code: str, ends: bool) -> None:
    """Raises StepWrong: what the server would refuse is told here, at once. Without a list every code is taken."""
    known(found, [code])
    if ends and code not in course.running:
        raise StepWrong(code, "未在进行 / it does not run")
    if not ends and code in course.running:
        raise StepWrong(code, "已在进行 / it runs already")


def known(found: Sequence[Line] | None, codes: Iterable[str]) -> None:
    """Raises StepWrong for the first that is none of the list."""
    if found is None:
        return
    own = [line.step.code for line in found]
    for code in codes:
        if code not in own:
            raise StepWrong(code, f"清单中没有此环节 / no step of this list: {', '.join(own)}")


def reasons_of(entries: Iterable[str]) -> dict[str, str]:
    """`step=reason` each. Raises StepWrong for what is not so."""
    found = {}
    for entry in entries:
        code, _, why = (part.strip() for part in entry.partition("="))
        if not code or len(why) < 2:
            raise StepWrong(entry, "应为 环节=原因 / step=reason is wanted")
        found[code] = why
    return found


def _standing(course: Course, code: str) -> str:
    for standing, codes in ((RUNNING, course.running), (TAKEN, course.taken), (EXCUSED, course.excused)):
        if code in codes:
            return standing
    return UNRECORDED


def _in_order(steps: Iterable[RecordingStep]) -> list[RecordingStep]:
    return sorted(steps, key=lambda step: step.order)
