"""Reads the list of recording steps, from the county's file or as it was kept; each mistake is named with its place."""

import hashlib
import json
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dispatch_server.enforcement.model import Class, Kind
from dispatch_server.enforcement.refusals import StepListWrong
from dispatch_server.enforcement.steps import RecordingStep, StepList
from dispatch_server.org.refusals import FileWrong
from dispatch_server.org.yaml_text import read_yaml
from dispatch_server.protocol.enforcement_words import ClassWord, KindWord, StepCode
from dispatch_server.protocol.organisation import Label, LongLabel

LARGEST_BYTES = 262_144
MOST_STEPS = 100
SPOKEN_NOTICE = "spoken_notice"
MOST_MISTAKES = 20


class StepLine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True, str_strip_whitespace=True)

    code: StepCode
    name: Label
    name_en: Label
    kinds: list[KindWord] = Field(min_length=1, max_length=5)
    start: LongLabel
    end: LongLabel
    must_show: list[Label] = Field(min_length=1, max_length=20)
    record_class: ClassWord = Field(alias="class")
    retention: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    required: bool
    condition: Annotated[str, Field(max_length=200)] = ""
    order: int = Field(ge=0, le=100_000)

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self.required and not self.condition:
            raise ValueError("what is not always required needs a condition")
        return self


class StepsFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    template: bool = False
    steps: list[StepLine] = Field(min_length=1, max_length=MOST_STEPS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        codes = [line.code for line in self.steps]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"given twice: {', '.join(twice)}")
        for kind in Kind:
            if not any(line.code == SPOKEN_NOTICE and kind.value in line.kinds for line in self.steps):
                raise ValueError(f"{SPOKEN_NOTICE} is missing for {kind}: the party must be told that it is recorded")
        return self


def read_steps(text: str, name: str) -> StepList:
    """The county's file. Raises StepListWrong."""
    if len(text) > LARGEST_BYTES:
        raise StepListWrong([f"{name}: larger than {LARGEST_BYTES} characters"])
    try:
        content = read_yaml(text, name)
    except FileWrong as error:
        raise StepListWrong(error.lines) from None
    return _list(content, name)


def content_of(steps: StepList) -> str:
    """As it is kept: reading it gives the same list with the same digest."""
    return _canonical(_form(steps))


def read_content(text: str) -> StepList:
    return _list(json.loads(text), "the kept list")


def _list(content: Any, name: str) -> StepList:
    try:
        file = StepsFile.model_validate(content)
    except ValidationError as error:
        lines = [_sentence(name, content, one) for one in error.errors()]
        raise StepListWrong(lines[:MOST_MISTAKES]) from None
    steps = tuple(sorted((_step(line) for line in file.steps), key=lambda step: (step.order, step.code)))
    plain = StepList("", file.template, steps)
    return StepList(hashlib.sha256(_canonical(_form(plain)).encode()).hexdigest(), file.template, steps)


def _step(line: StepLine) -> RecordingStep:
    return RecordingStep(
        line.code,
        line.name,
        line.name_en,
        frozenset(Kind(one) for one in line.kinds),
        line.start,
        line.end,
        tuple(line.must_show),
        Class(line.record_class),
        line.retention,
        line.required,
        line.condition,
        line.order,
    )


def _form(steps: StepList) -> dict[str, Any]:
    return {
        "template": steps.template,
        "steps": [
            {
                "code": step.code,
                "name": step.name,
                "name_en": step.name_en,
                "kinds": sorted(kind.value for kind in step.kinds),
                "start": step.start,
                "end": step.end,
                "must_show": list(step.must_show),
                "class": step.class_.value,
                "retention": step.retention,
                "required": step.required,
                "condition": step.condition,
                "order": step.order,
            }
            for step in steps.steps
        ],
    }


def _canonical(form: dict[str, Any]) -> str:
    return json.dumps(form, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sentence(name: str, content: Any, error: Any) -> str:
    """With the code of the step, where there is one: nobody counts list entries."""
    place = [str(part) for part in error["loc"]]
    steps = content.get("steps") if isinstance(content, dict) else None
    if len(place) > 1 and place[0] == "steps" and place[1].isdigit() and isinstance(steps, list):
        line = steps[int(place[1])]
        code = line.get("code") if isinstance(line, dict) else None
        place[1] = f"{int(place[1]) + 1} ({code})" if isinstance(code, str) else f"{int(place[1]) + 1}"
    return f"{name}: {' '.join(place) or 'the file'}: {error['msg']}"[:300]
