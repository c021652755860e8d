"""Puts acts on record: who asks and from where are filled in here, so that no room forgets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from dispatch_server.identity.callers import Caller, actor_of
from dispatch_server.identity.model import Session
from dispatch_server.identity.ports import LedgerPort, WorldPort
from dispatch_server.kit.acts import Act, DetailValue, LedgerAway, Outcome
from dispatch_server.kit.errors import Refusal
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
        **detail: DetailValue,
    ) -> None:
        """For what is never refused (SOS, publishing, recording): journalled when the ledger is away."""
        act = self._act(caller, action, subject, department, outcome, detail)
        try:
            await self.ledger.enter(act)
        except LedgerAway:
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

    async def enter(self, action: str, outcome: Outcome, code: str | None = None) -> None:
        """`code`: of the refusal, if it was one."""
        if self.recorder is None:
            raise LedgerAway
        if code is None:
            await self.recorder.enter(self.caller, action, self.subject, outcome=outcome)
        else:
            await self.recorder.enter(self.caller, action, self.subject, outcome=outcome, code=code)

    async def enter_anyway(self, action: str, outcome: Outcome, code: str) -> None:
        """A line that belongs to one that stands: journalled when the ledger is away meanwhile."""
        if self.recorder is not None:
            await self.recorder.enter_anyway(self.caller, action, self.subject, outcome=outcome, code=code)


# The guards set it for signed-in people and terminals.
asking: ContextVar[Asked | None] = ContextVar("asking", default=None)


@asynccontextmanager
async def enter_before(action: str) -> AsyncIterator[None]:
    """The line stands before what is inside begins; what the room refuses then has a second one. Raises LedgerAway."""
    asked = asking.get()
    if asked is None:
        raise LedgerAway
    await asked.enter(action, Outcome.DONE)
    try:
        yield
    except Refusal as refusal:
        await asked.enter_anyway(action, Outcome.FAILED, refusal.code)
        raise
