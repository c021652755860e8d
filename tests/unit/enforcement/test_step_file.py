"""The list of recording steps: the shipped template, and mistakes with their places."""

from pathlib import Path

import pytest

from dispatch_server.enforcement.model import Kind
from dispatch_server.enforcement.refusals import StepListWrong
from dispatch_server.enforcement.step_file import content_of, read_content, read_steps

SHIPPED = Path("config/recording_steps.yaml")
NOTICE = """
  - code: spoken_notice
    name: 告知
    name_en: Notice
    kinds: [penalty, licensing, compulsion, inspection, expropriation]
    start: 到达
    end: 完毕
    must_show: [时间]
    class: scene
    retention: default
    required: true
    order: 1
"""


def listed(more: str = "") -> str:
    return f"steps:{NOTICE}{more}"


def test_the_shipped_template_says_that_it_is_one_and_covers_every_kind() -> None:
    steps = read_steps(SHIPPED.read_text("utf-8"), SHIPPED.name)
    assert steps.template
    for kind in Kind:
        required = [step.code for step in steps.of_kind(kind) if step.required]
        assert required[:2] == ["spoken_notice", "show_certificate"] and "sign" in required


def test_the_digest_is_of_the_content_and_not_of_its_comments() -> None:
    one = read_steps(listed(), "x")
    assert read_steps("# words\n" + listed(), "x").digest == one.digest
    assert read_steps(listed().replace("告知", "告知书"), "x").digest != one.digest
    assert read_content(content_of(one)) == one


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (listed("    colour: red\n"), "steps 1 (spoken_notice) colour: Extra inputs"),
        (listed(NOTICE), "given twice: spoken_notice"),
        (listed().replace("required: true", "required: false"), "needs a condition"),
        (listed().replace(", expropriation]", "]"), "missing for expropriation"),
        (listed().replace("class: scene", "class: scenery"), "steps 1 (spoken_notice) class"),
        (listed().replace("order: 1", "order: first"), "steps 1 (spoken_notice) order"),
        ("steps: []", "steps: List should have at least 1"),
        ("- a", "the file: Input should be"),
        ("a: *b", "line 1"),
        ("steps: [\x00]", "x:"),
        ("{" * 100, "x:"),
        ("#" * 300_000, "larger than"),
    ],
)
def test_each_mistake_is_named_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(StepListWrong) as caught:
        read_steps(text, "x")
    assert sentence in caught.value.sentence
