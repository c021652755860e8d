"""How long a recording is kept, out of the rules and what is known of it (pure): the longest wins, a hold beats all."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from dispatch_server.kit.scope import is_within

LEAST_FLOOR_MONTHS = 6  # no file goes below: whoever could edit it could destroy by it
MOST_MONTHS = 1200
FLOOR, HELD, NO_POLICY = "floor", "held", "no policy"
MICROSECONDS = 1_000_000


class Span(StrEnum):
    """Ends that no number of months says."""

    CASE_FILE = "as_case_file"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Rule:
    """`None` in a condition: whatever it is. `linked`: whether a case has it."""

    name: str
    keep: int | Span  # months
    department: str | None = None  # its subtree
    kind: str | None = None
    step: str | None = None
    class_: str | None = None
    linked: bool | None = None

    def applies(self, facts: "Facts") -> bool:
        return (
            (self.department is None or is_within(facts.department, self.department))
            and (self.kind is None or self.kind in facts.kinds)
            and (self.step is None or self.step in facts.steps)
            and (self.class_ is None or self.class_ in facts.classes)
            and (self.linked is None or self.linked == bool(facts.cases))
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """`digest` is the SHA-256 of the file, in hex."""

    rules: tuple[Rule, ...]
    floor_months: int = LEAST_FLOOR_MONTHS
    digest: str = ""


@dataclass(frozen=True, slots=True)
class CaseLife:
    """`until_utc_us` is the end of the case file's own period; None while that is not known."""

    case_id: str
    until_utc_us: int | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a recording from the enforcement's steps, cases and notes. Of nothing: it is linked to none."""

    department: str
    ended_utc_us: int
    kinds: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    cases: tuple[CaseLife, ...] = ()
    holds: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Keep:
    """Until when, None without end, and by which rule."""

    until_utc_us: int | None
    rule: str

    def over(self, utc_us: int) -> bool:
        return self.until_utc_us is not None and self.until_utc_us < utc_us


def keep_of(facts: Facts, policy: Policy | None) -> Keep:
    """Without a policy nothing ends."""
    if facts.holds:
        return Keep(None, HELD)
    if policy is None:
        return Keep(None, NO_POLICY)
    floor = Keep(months_after(facts.ended_utc_us, max(policy.floor_months, LEAST_FLOOR_MONTHS)), FLOOR)
    return longest([floor, *(_by(rule, facts) for rule in policy.rules if rule.applies(facts))])


def longest(keeps: Iterable[Keep]) -> Keep:
    """Of equal ones the last: a rule says more than the floor."""
    found = list(keeps)
    return max(enumerate(found), key=lambda one: (one[1].until_utc_us is None, one[1].until_utc_us or 0, one[0]))[1]


def _by(rule: Rule, facts: Facts) -> Keep:
    if isinstance(rule.keep, int):
        return Keep(months_after(facts.ended_utc_us, rule.keep), rule.name)
    ends = [None if case.permanent else case.until_utc_us for case in facts.cases]
    if rule.keep is Span.PERMANENT or not ends or None in ends:  # a case that is to come, or is not closed
        return Keep(None, rule.name)
    return Keep(max(end for end in ends if end is not None), rule.name)


def months_after(utc_us: int, months: int) -> int:
    """The same day so many months later, or the last of that month; never past what a calendar holds."""
    moment = datetime.fromtimestamp(utc_us / MICROSECONDS, UTC)
    number = moment.year * 12 + moment.month - 1 + months
    year, month = min(number // 12, 9998), number % 12 + 1
    later = moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
    return int(later.timestamp()) * MICROSECONDS + utc_us % MICROSECONDS
