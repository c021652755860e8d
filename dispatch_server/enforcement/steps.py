"""The required-recording list (音像记录事项清单): what must be on record, for which kinds of enforcement."""

from dataclasses import dataclass

from dispatch_server.enforcement.model import Class, Kind


@dataclass(frozen=True, slots=True)
class RecordingStep:
    """A line of the required-recording list. `required` False: only when `condition` comes true."""

    code: str
    name: str
    name_en: str
    kinds: frozenset[Kind]
    start: str
    end: str
    must_show: tuple[str, ...]
    class_: Class
    retention: str
    required: bool
    condition: str
    order: int


@dataclass(frozen=True, slots=True)
class StepList:
    """音像记录事项清单 in one version. `template`: the county has not confirmed it."""

    digest: str
    template: bool
    steps: tuple[RecordingStep, ...]

    def of_kind(self, kind: Kind) -> tuple[RecordingStep, ...]:
        return tuple(step for step in self.steps if kind in step.kinds)

    def find(self, code: str, kind: Kind) -> RecordingStep | None:
        return next((step for step in self.steps if step.code == code and kind in step.kinds), None)
