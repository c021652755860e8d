"""Puts acts on record: who asks and from where are filled in here, so that no room forgets them."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from dispatch_server.identity.actions import Recorded
from dispatch_server.identity.callers import Caller, SystemCaller, TerminalCaller, actor_of
from dispatch_server.identity.model import Session
from dispatch_server.identity.ports import LedgerPort, WorldPort
from dispatch_server.identity.refusals import Refusals, TooManyActs
from dispatch_server.kit.acts import Act, DetailValue, LedgerAway, Outcome
from dispatch_server.kit.errors import Absent, DispatchError, Forbidden, Refusal
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7

# The remote address of the request or socket in hand; the guards set it.
asked_from: ContextVar[str] = ContextVar("asked_from", default="")


class NoLedger:
    """Stands where no ledger was wired: nothing that must be on record is done."""

    async def enter(self, act: Act, connection: Any = None) -> None:
        raise LedgerAway

    def journal(self, act: Act) -> None:
        return


@dataclass(frozen=True, slots=True)
class Recorder:
    """`enter` returns when the line is durable, or raises LedgerAway: then the act is not done."""

    world: WorldPort
    ledger: LedgerPort

    async def enter(
        self,
        caller: Caller,
        action: str,
        subject: str = "",
        *,
        department: str = "",
        outcome: Outcome = Outcome.DONE,
        connection: Any = None,
        **detail: DetailValue,
    ) -> None:
        """`connection`: the caller's transaction, so that change and line stand or fall together."""
        await self.ledger.enter(self._act(caller, action, subject, department, outcome, detail), connection)

    async def enter_anyway(
        self,
        caller: Caller,
        action: str,
        subject: str = "",
        *,
        department: str = "",
        outcome: Outcome = Outcome.DONE,
        connection: Any = None,
        **detail: DetailValue,
    ) -> None:
        """
        For what is never refused (SOS, publishing, recording, and what only takes rights away): journalled when the
        ledger is away. The caller's transaction goes on then, without what the ledger began in it.
        """
        act = self._act(caller, action, subject, department, outcome, detail)
        try:
            if connection is None:
                await self.ledger.enter(act)
            else:
                async with connection.begin_nested():
                    await self.ledger.enter(act, connection)
        except LedgerAway:
            if connection is not None and connection.invalidated:
                raise  # the change is lost with the database: there is nothing to put on record
            self.ledger.journal(act)

    def journal(
        self,
        caller: Caller,
        action: str,
        subject: str = "",
        *,
        department: str = "",
        outcome: Outcome = Outcome.DONE,
        **detail: DetailValue,
    ) -> None:
        """For what may not even wait for the ledger."""
        self.ledger.journal(self._act(caller, action, subject, department, outcome, detail))

    def _act(
        self,
        caller: Caller,
        action: str,
        subject: str,
        department: str,
        outcome: Outcome,
        detail: dict[str, DetailValue],
    ) -> Act:
        utc_us = self.world.utc_us()
        actor, name = actor_of(caller)
        return Act(
            identity=uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES)),
            utc_us=utc_us,
            actor=actor,
            actor_name=name,
            action=action,
            subject=subject,
            department=department,
            outcome=outcome,
            address=asked_from.get(),
            session=caller.id if isinstance(caller, Session) else "",
            detail=detail,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks what of the request in hand, and what puts it on record: None where nothing does, so it is refused."""

    caller: Caller
    subject: str
    recorder: Recorder | None
    refusals: Refusals | None = None

    @property
    def holder(self) -> str:
        return self.caller.id if isinstance(self.caller, Session) else actor_of(self.caller)[0]

    async def begin(self, action: str) -> None:
        """The guard's own line. Raises LedgerAway, and TooManyActs for who asks in a loop."""
        if self.recorder is None:
            raise LedgerAway
        if self.refusals is not None and not self.refusals.begins(self.holder, self._seconds(self.recorder)):
            raise TooManyActs
        await self.recorder.enter(
            self.caller, action, self.subject, department=department_of(self.caller), outcome=Outcome.BEGUN
        )

    async def came_to_nothing(self, action: str, outcome: Outcome, code: str) -> None:
        """
        One line, up to so many a minute. The thing may be one that the asker must not know, so that the line stands
        under the asker's own department; and there is nothing to refuse any more, so that it is journalled if need be.
        """
        if self.recorder is None:
            raise LedgerAway
        if self.refusals is None or self.refusals.listed(self.holder, self._seconds(self.recorder)):
            await self.recorder.enter_anyway(
                self.caller, action, self.subject, department=department_of(self.caller), outcome=outcome, code=code
            )

    @staticmethod
    def _seconds(recorder: Recorder) -> float:
        return recorder.world.utc_us() / 1_000_000


# The guards set it for signed-in people and terminals.
asking: ContextVar[Asked | None] = ContextVar("asking", default=None)


def about(subject: str) -> None:
    """For a route that learns from its body what it is asked about, for the line of a refusal."""
    asked = asking.get()
    if asked is not None:
        asking.set(replace(asked, subject=subject[:200]))


def department_of(caller: Caller) -> str:
    match caller:
        case TerminalCaller():
            return caller.department
        case SystemCaller():
            return ""
        case _:
            return caller.person.department


class OnRecord:
    """
    Around a route: `begins`, the guard enters it before it is done; `changes`, what the room then refuses is a line.

    One line tells what was done, by the room or here; one line tells that it was refused or that it failed.
    """

    def __init__(self, action: str, recorded: Recorded, begins: bool, changes: bool) -> None:
        self._action = action
        self._recorded = recorded
        self._begins = begins
        self._changes = changes

    async def __aenter__(self) -> None:
        if self._begins:
            asked = asking.get()
            if asked is None:
                raise LedgerAway
            await asked.begin(self._action)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        asked = asking.get()
        outcome = self._outcome_of(error)
        if asked is not None and outcome is not None:
            code = error.code if isinstance(error, DispatchError) else "unexpected"
            await asked.came_to_nothing(self._action, outcome, code)

    def _outcome_of(self, error: BaseException | None) -> Outcome | None:
        """None: nothing is entered. Without a ledger nothing was done; a page that asks again and again tells of it."""
        match error:
            case LedgerAway() | None:
                return None
            case Forbidden() | Absent():
                return Outcome.REFUSED if error.is_told or self._begins else None
            case Refusal():
                is_act = self._recorded is not Recorded.NO and self._changes
                return Outcome.FAILED if is_act or self._begins else None
            case _:
                return Outcome.FAILED if self._begins or self._recorded is not Recorded.NO else None
