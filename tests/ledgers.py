"""A ledger that a test can read, and that can be away, in place of the audit room's."""

from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.ports import WorldPort
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.acts import Act, LedgerAway


@dataclass
class FakeLedger:
    """`is_away`: nothing can be entered, only journalled."""

    acts: list[Act] = field(default_factory=list)
    journalled: list[Act] = field(default_factory=list)
    is_away: bool = False

    async def enter(self, act: Act, connection: Any = None) -> None:
        if self.is_away:
            raise LedgerAway
        self.acts.append(act)

    def journal(self, act: Act) -> None:
        self.journalled.append(act)

    def of(self, action: str) -> list[Act]:
        return [act for act in self.acts if act.action == action]

    def lines(self) -> list[tuple[str, str, str]]:
        """(action, subject, outcome) of each act so far."""
        return [(act.action, act.subject, act.outcome.value) for act in self.acts]


def recorder_over(world: WorldPort, ledger: FakeLedger | None = None) -> Recorder:
    return Recorder(world, ledger or FakeLedger())
