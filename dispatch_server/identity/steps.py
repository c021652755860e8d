"""A sign-in in steps: what is asked for next, as a life, and the tickets that lead from one step to the next."""

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch_server.identity.ports import EntropyPort
from dispatch_server.identity.sign_in import digest_of, secret_from
from dispatch_server.kit.errors import Unauthenticated
from dispatch_server.kit.states import StateTable

TICKET_BYTES = 24
TRIES = 10  # a new password that did not fit, a code of an enrolment that was not right


class Step(StrEnum):
    PASSWORD = "password"  # noqa: S105 - a step, not a password
    SECOND_FACTOR = "second_factor"
    NEW_PASSWORD = "new_password"  # noqa: S105
    ENROLMENT = "enrolment"
    SIGNED_IN = "signed_in"
    REFUSED = "refused"


class Shown(StrEnum):
    """What came of one step, and what is still missing after it."""

    WRONG = "wrong"
    FACTOR_MISSING = "second factor missing"
    CHANGE_DUE = "change due"
    ENROLMENT_DUE = "enrolment due"
    ALL = "all shown"
    LATE = "too late"


_LATER = {Shown.CHANGE_DUE: Step.NEW_PASSWORD, Shown.ENROLMENT_DUE: Step.ENROLMENT, Shown.ALL: Step.SIGNED_IN}
SIGN_IN: StateTable[Step, Shown] = StateTable(
    first=Step.PASSWORD,
    moves={
        (Step.PASSWORD, Shown.WRONG): Step.REFUSED,
        (Step.PASSWORD, Shown.FACTOR_MISSING): Step.SECOND_FACTOR,
        **{(Step.PASSWORD, shown): step for shown, step in _LATER.items()},
        (Step.SECOND_FACTOR, Shown.WRONG): Step.REFUSED,
        (Step.SECOND_FACTOR, Shown.LATE): Step.REFUSED,
        (Step.SECOND_FACTOR, Shown.CHANGE_DUE): Step.NEW_PASSWORD,
        (Step.SECOND_FACTOR, Shown.ALL): Step.SIGNED_IN,
        (Step.NEW_PASSWORD, Shown.WRONG): Step.NEW_PASSWORD,
        (Step.NEW_PASSWORD, Shown.LATE): Step.REFUSED,
        (Step.NEW_PASSWORD, Shown.FACTOR_MISSING): Step.SECOND_FACTOR,
        (Step.NEW_PASSWORD, Shown.ENROLMENT_DUE): Step.ENROLMENT,
        (Step.NEW_PASSWORD, Shown.ALL): Step.SIGNED_IN,
        (Step.ENROLMENT, Shown.WRONG): Step.ENROLMENT,
        (Step.ENROLMENT, Shown.LATE): Step.REFUSED,
        (Step.ENROLMENT, Shown.ALL): Step.SIGNED_IN,
    },
    final=frozenset({Step.SIGNED_IN, Step.REFUSED}),
)


class TicketRefused(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("ticket_refused", "This sign-in was finished, failed or took too long; begin again.")


@dataclass(slots=True)
class Ticket:
    """
    Between two steps of one sign-in; `secret` is the second factor that is being enrolled.

    `version` is the account's at the time: what was shown counts only as long as nothing of the account was changed.
    """

    person_id: str
    step: Step
    expires: float
    version: int = 0  # no account has that one
    proved: bool = False  # a second factor was shown in this sign-in
    secret: str = ""
    left: int = TRIES


@dataclass(slots=True)
class TicketBox:
    """The tickets that were given and not yet used; each is taken out before it is looked at."""

    entropy: EntropyPort
    life_s: float = 300.0
    capacity: int = 1_000
    _tickets: dict[bytes, Ticket] = field(default_factory=dict)

    def give(self, ticket: Ticket, now: float) -> str:
        """A new text for it each time: whoever saw the last one has nothing."""
        self._tickets = {key: kept for key, kept in self._tickets.items() if kept.expires > now}
        while len(self._tickets) >= self.capacity:
            del self._tickets[next(iter(self._tickets))]
        text = secret_from(self.entropy(TICKET_BYTES))
        self._tickets[digest_of(text)] = ticket
        return text

    def take(self, text: str, now: float) -> Ticket:
        """Once. Raises TicketRefused."""
        ticket = self._tickets.pop(digest_of(text), None)
        if ticket is None or ticket.expires <= now:
            raise TicketRefused
        return ticket

    def put_back(self, text: str, ticket: Ticket) -> None:
        """What was shown did not fit and may be mended, a few times."""
        ticket.left -= 1
        if ticket.left > 0:
            self._tickets[digest_of(text)] = ticket

    def forget(self, person_id: str) -> None:
        """Their rights or their password changed meanwhile."""
        self._tickets = {key: kept for key, kept in self._tickets.items() if kept.person_id != person_id}
