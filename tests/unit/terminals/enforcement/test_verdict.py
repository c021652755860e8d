"""What an answer means: taken, refused for good, or asked again."""

import pytest

from terminals.enforcement.verdict import FAULTS, Verdict, verdict


@pytest.mark.parametrize(
    ("what", "status", "code", "is_begun", "expected"),
    [
        ("open", 201, "", False, Verdict.TAKEN),
        ("marks", 409, "command_key_used", True, Verdict.TAKEN),
        ("marks", 409, "enforcement_state", True, Verdict.REFUSED),
        ("marks", 409, "enforcement_full", True, Verdict.REFUSED),
        ("begin", 400, "moment_wrong", True, Verdict.REFUSED),
        ("steps", 404, "enforcement_unknown", True, Verdict.REFUSED),
        ("open", 422, "invalid_content", True, Verdict.REFUSED),
        ("begin", 400, "moment_ahead", True, Verdict.WAITS),
        ("open", 400, "moment_ahead", False, Verdict.WAITS),
        ("begin", 409, "terminal_busy", True, Verdict.WAITS),
        ("open", 429, "too_many_waiting", False, Verdict.WAITS),
        ("marks", 429, "too_many_commands", True, Verdict.LATER),
        ("begin", 409, "check_needs_reason", True, Verdict.EXPLAINED),
        ("open", 503, "", False, Verdict.LATER),
        ("open", 401, "", False, Verdict.LATER),
    ],
)
def test_an_answer(what: str, status: int, code: str, is_begun: bool, expected: Verdict) -> None:
    assert verdict(what, status, code, is_begun) is expected


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_what_the_law_has_against_it_is_final_only_before_it_began(code: str) -> None:
    assert verdict("open", 400, code, is_begun=False) is Verdict.REFUSED
    assert verdict("open", 400, code, is_begun=True) is Verdict.WAITS
    assert verdict("begin", 400, code, is_begun=True) is Verdict.WAITS
    assert verdict("marks", 400, code, is_begun=True) is Verdict.REFUSED
