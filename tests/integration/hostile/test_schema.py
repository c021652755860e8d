"""H1: requests from the API's own document, good and bad, on every route as three roles, a stranger, a terminal."""

from collections import Counter
from datetime import timedelta

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dispatch_server.identity.registry import MESSAGE, ROUTES, SOCKET
from tests.integration.hostile import document
from tests.integration.hostile.town import Town, leaks

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = document.OPERATIONS
FEW, MANY = 3, 60
asked: Counter[int] = Counter()


def check(town: Town, operation: APIOperation, mode: GenerationMode, examples: int) -> None:
    things = document.things_of(town, operation)

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_pointed=st.booleans())
    def ask(case: schemathesis.Case, is_pointed: bool) -> None:
        for caller in town.callers(operation.path):
            request = document.request_of(case)
            if is_pointed and things:
                request = document.pointed(operation, request, things)
            judge(case, caller, town.send(caller, request))

    try:
        ask()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # nothing of it can be wrong


def judge(case: schemathesis.Case, caller: str, answer: httpx2.Response) -> None:
    asked[answer.status_code] += 1
    what = f"{case.method} {case.path} as {caller}: {answer.status_code} {answer.text[:200]}"
    case.validate_response(answer, checks=CHECKS)
    assert answer.status_code < 500, what  # nothing is away here, so that a 503 is one that is not meant
    assert leaks(answer) == [], what


@pytest.mark.timeout(120)
@pytest.mark.parametrize("route", sorted(OPERATIONS))
def test_every_answer_is_as_the_document_says(town: Town, route: str) -> None:
    for mode in document.MODES:
        check(town, OPERATIONS[route], mode, FEW)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("route", sorted(OPERATIONS))
def test_every_answer_is_as_the_document_says_for_long(town: Town, route: str) -> None:
    for mode in document.MODES:
        check(town, OPERATIONS[route], mode, MANY)


def test_the_document_has_every_route(town: Town) -> None:
    served = {str(entry).replace(":path}", "}") for entry in ROUTES if entry.method not in (SOCKET, MESSAGE, "HEAD")}
    assert served - set(OPERATIONS) == {"GET /api/v1/openapi.json"}  # the document itself
    assert {one for one in OPERATIONS if not one.startswith("HEAD ")} <= served
    assert town.whole.app.openapi() == document.TEXT
    print(f"\nasked from the document: {sum(asked.values())} requests, {dict(sorted(asked.items()))}")


def test_a_server_error_and_an_undeclared_answer_would_be_found(town: Town) -> None:
    """The checks are shown to fail before their pass is believed."""
    case = OPERATIONS["GET /api/v1/people"].Case()
    request = httpx2.Request("GET", "http://127.0.0.1/api/v1/people")
    for status, body in ((500, b"{}"), (418, b"{}"), (200, b'{"people": "none"}'), (200, b"no json")):
        answer = httpx2.Response(status, content=body, headers={"Content-Type": "application/json"}, request=request)
        answer.elapsed = timedelta(0)
        with pytest.raises((AssertionError, BaseExceptionGroup)):
            judge(case, "nobody", answer)
    shown = httpx2.Response(404, json={"detail": 'File "/x.py", line 1'})
    assert len(leaks(shown)) == 1
