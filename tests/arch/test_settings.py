"""config/server.yaml has every key of Settings, no more and no fewer, with its default and its comment."""

from itertools import pairwise
from typing import Any

import yaml
from pydantic import BaseModel

from dispatch_server.settings import Settings
from dispatch_server.settings.template import render
from tests.arch.tree import ROOT

FILE = ROOT / "config" / "server.yaml"


def keys_of_file(content: Any, prefix: str = "") -> set[str]:
    found = set()
    for name, value in content.items():
        found |= keys_of_file(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}"}
    return found


def keys_of_code(section: type[BaseModel], prefix: str = "") -> set[str]:
    found = set()
    for name, field in section.model_fields.items():
        kind: Any = field.annotation
        is_section = isinstance(kind, type) and issubclass(kind, BaseModel)
        found |= keys_of_code(kind, f"{prefix}{name}.") if is_section else {f"{prefix}{name}"}
    return found


def uncommented(text: str) -> list[str]:
    """Keys without a comment in the line above."""
    lines = ["", *text.splitlines()]
    return [
        line for before, line in pairwise(lines) if ":" in line.split("#")[0] and not before.strip().startswith("#")
    ]


def test_the_file_has_the_keys_of_the_code() -> None:
    assert keys_of_file(yaml.safe_load(FILE.read_text())) == keys_of_code(Settings)


def test_the_file_is_what_the_code_writes() -> None:
    assert FILE.read_text() == render(), "cure: make types"


def test_every_key_has_its_comment() -> None:
    assert uncommented(FILE.read_text()) == []


def test_a_key_too_many_or_too_few_and_a_silent_one_are_seen() -> None:
    class Inner(BaseModel):
        b: int = 1

    class Outer(BaseModel):
        a: int = 1
        inner: Inner = Inner()

    assert keys_of_code(Outer) == {"a", "inner.b"}
    assert keys_of_file({"a": 2, "inner": {"c": 1}}) == {"a", "inner.c"}
    assert uncommented("# What.\na: 1\nb: 2\n") == ["b: 2"]
