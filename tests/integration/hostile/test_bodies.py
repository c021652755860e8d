"""H2 on every route that takes JSON: depth, numbers without end, keys given twice, no UTF-8, too much of it."""

import json
from typing import Any

import pytest

from tests.integration.hostile.asking import answered, fresh_path
from tests.integration.hostile.document import OPERATIONS
from tests.integration.hostile.samples import BODIES_ALONE, SAMPLES, SECRETS, numbers_in, taking_json, texts_in
from tests.integration.hostile.town import Town, leaks

TAKING = dict(taking_json())
NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", str(2**63), str(-(2**63) - 1), str(2**200), "9" * 5_000)
MORE_NUMBERS = ("0.1", "-1", "1e308", "-0", "true")
NOT_JSON = (
    ("text/plain", 415),
    ("application/xml", 415),
    ("multipart/form-data; boundary=x", 415),
    ("application/x-www-form-urlencoded", 415),
    ("application/jsonp", 415),
    ("", 415),
)
# Whole bodies that are wrong whatever the route: a list of their kind, the bytes, and what may be answered.
WRONG: dict[str, bytes] = {
    "deep list": b"[" * 100_000,
    "deep list, closed": b"[" * 50_000 + b"]" * 50_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "nothing": b"",
    "half": b'{"a"',
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a NUL": b'{"a\\u0000b": 1}',
    "half a character": b'{"\\ud800": 1}',
    "unknown member": b'{"__proto__": {"x": 1}, "no_such_member": 1}',
    "many members": json.dumps({f"m{n}": n for n in range(20_000)}).encode(),
}


def problems_of(town: Town, operation: str, content: bytes, media_type: str = "application/json") -> tuple[int, str]:
    """The status, and what is wrong with the answer however wrong the request was."""
    answer = answered(town, operation, fresh_path(town, operation), content, media_type)
    declared = str(answer.status_code) in OPERATIONS[operation].definition.raw["responses"]
    wrong = answer.status_code >= 500 or leaks(answer) or not declared
    return answer.status_code, f"{operation}: {answer.status_code} {answer.text[:200]}" if wrong else ""


@pytest.mark.parametrize("operation", sorted(TAKING))
def test_a_body_that_is_none_is_refused(town: Town, operation: str) -> None:
    for name, content in WRONG.items():
        status, wrong = problems_of(town, operation, content)
        assert 400 <= status < 500 and not wrong, (name, status, wrong)
    status, wrong = problems_of(town, operation, b'{"a": "' + b"x" * 3_000_000 + b'"}')
    assert status == 413 and not wrong, (status, wrong)


@pytest.mark.parametrize("operation", sorted(TAKING))
def test_a_body_that_is_not_said_to_be_json_is_not_read(town: Town, operation: str) -> None:
    """A page of somebody else's can send these kinds without asking first."""
    for media_type, wanted in NOT_JSON:
        status, wrong = problems_of(town, operation, json.dumps(sample_of(town, operation)).encode(), media_type)
        assert status == wanted and not wrong, (media_type, status, wrong)


@pytest.mark.parametrize("operation", sorted(TAKING))
def test_wrong_values_in_a_good_body_are_refused_or_taken_but_break_nothing(town: Town, operation: str) -> None:
    sample = sample_of(town, operation)
    for name in dict.fromkeys(
        (*numbers_in(TAKING[operation]), *(str(at[0]) for at in texts_in(TAKING[operation]) if at))
    ):
        for number in (*NUMBERS, *MORE_NUMBERS):
            status, wrong = problems_of(town, operation, with_raw(sample, name, number))
            assert not wrong, (name, number[:20], wrong)
            assert 400 <= status < 500 or number not in NUMBERS, (name, number[:20], status)
        twice = with_raw(sample, name, '"first"')[:-1] + f', "{name}": "second"}}'.encode()
        assert not problems_of(town, operation, twice)[1]
        for deep in ("[" * 5_000 + "]" * 5_000, '{"a":' * 5_000 + "1" + "}" * 5_000):
            status, wrong = problems_of(town, operation, with_raw(sample, name, deep))
            assert 400 <= status < 500 and not wrong, (name, status, wrong)


def sample_of(town: Town, operation: str) -> dict[str, Any]:
    if operation in SECRETS:
        return dict(SECRETS[operation])
    return dict(town.run((SAMPLES | BODIES_ALONE)[operation](town.whole)))


def with_raw(sample: dict[str, Any], name: str, raw: str) -> bytes:
    """The sample with one member written as it stands, which no serialiser would write."""
    members = [f"{json.dumps(one)}: {json.dumps(value)}" for one, value in sample.items() if one != name]
    return ("{" + ", ".join([*members, f"{json.dumps(name)}: {raw}"]) + "}").encode()


def test_every_route_that_takes_json_is_here() -> None:
    assert len(TAKING) > 35 and set(TAKING) == set(SAMPLES) | set(BODIES_ALONE) | set(SECRETS)
