"""What an answer of the server means for something that was said here: it is taken, refused, or asked again (pure)."""

from enum import StrEnum


class Verdict(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"  # asking again would change nothing
    WAITS = "waits"  # asked again, with all that follows it in its enforcement; the others go on
    EXPLAINED = "explained"  # it only wants a reason, which is given at once
    LATER = "later"  # the server cannot answer now: nothing else is asked either


FINAL = frozenset({400, 404, 409, 413, 415, 422})
# A clock ahead is overtaken; another enforcement comes to its end; others begin.
PASSES = frozenset({"moment_ahead", "terminal_busy", "too_many_waiting"})
# The law's own conditions: what has begun in the field is recorded by the server with its faults, once it is late.
FAULTS = frozenset(
    {
        "officer_may_not_act", "officers_too_few", "item_not_in_power", "terminal_cannot_take_part",
        "department_unknown",
    }
)  # fmt: skip

USED = "command_key_used"  # keys are of our own chance: it was taken before, with the reason or moment of then


def verdict(what: str, status: int, code: str, is_begun: bool) -> Verdict:
    """`code`: of the problem (RFC 9457). `is_begun`: its enforcement was begun here, whatever the server says."""
    if 200 <= status < 300 or code == USED:
        return Verdict.TAKEN
    if code in PASSES or (is_begun and what in ("open", "begin") and code in FAULTS):
        return Verdict.WAITS
    if what == "begin" and code == "check_needs_reason":
        return Verdict.EXPLAINED
    return Verdict.REFUSED if status in FINAL else Verdict.LATER
