"""The form of a refusal."""

import pytest
from pydantic import ValidationError

from dispatch_server.protocol.problem import MEDIA_TYPE, Problem, responses


def test_a_problem_has_no_members_that_nobody_knows_and_only_error_statuses() -> None:
    assert Problem(title="Conflict", status=409, code="stream_not_live").model_dump(exclude_none=True) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "stream_not_live",
    }
    with pytest.raises(ValidationError):
        Problem(title="Fine", status=200, code="fine")
    with pytest.raises(ValidationError):
        Problem(title="x", status=400, code="x", stack="...")  # type: ignore[call-arg]


def test_routes_declare_their_refusals_as_problems() -> None:
    declared = responses(401, 409)
    assert set(declared) == {401, 409}
    assert declared[401]["model"] is Problem
    assert MEDIA_TYPE in declared[401]["content"]
