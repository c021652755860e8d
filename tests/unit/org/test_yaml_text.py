"""YAML that somebody hostile wrote."""

import time

import pytest

from dispatch_server.org import yaml_text
from dispatch_server.org.refusals import FileWrong
from dispatch_server.org.yaml_text import read_yaml

# "Billion laughs": nine levels of nine are 387 million entries.
LAUGHS = 'a0: &a0 ["lol"]\n' + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (LAUGHS, "aliases are not accepted"),
        ("a: &a [*a]", "aliases are not accepted"),
        ("a: &a {x: 1}\nb: {<<: *a}", "aliases are not accepted"),
        ("[" * 100_000, "too deep"),
        ("- " * 100_000, "too deep"),
        ("a: 1\nb: 2\na: 3\n", "a is given twice"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("a: 2026-02-31", "x.yaml: "),
        ("a: " + "9" * 5000, "x.yaml: "),
        ("? [a, b]\n: 1\n", "x.yaml: "),
        ("a: [1, 2", "line 1"),
        ("a: \x00", "x.yaml: "),
        ("%YAML 9.9\n---\na: 1", "x.yaml: "),
        ("a: 1\n---\nb: 2\n", "x.yaml: "),
    ],
)
def test_it_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(FileWrong) as caught:
        read_yaml(text, "x.yaml")
    assert sentence in caught.value.sentence
    assert len(caught.value.sentence) < 700
    assert time.perf_counter() - begun < 5


def test_what_is_too_large_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[" + "1, " * 2000 + "1]"
    assert len(read_yaml(text, "x")) == 2001
    monkeypatch.setattr(yaml_text, "MOST_EVENTS", 1000)
    with pytest.raises(FileWrong, match="too large"):
        read_yaml(text, "x")


def test_without_the_look_through_aliases_would_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_text, "_look_through", lambda text: None)
    assert read_yaml("a: &a [1]\nb: [*a, *a]", "x")["b"] == [[1], [1]]


def test_plain_values_come_as_they_are() -> None:
    assert read_yaml('a: ["01", 1, true, 县]\nb: null\n', "x") == {"a": ["01", 1, True, "县"], "b": None}
