"""A ledger that keeps its acts in a list, in place of the audit room."""

from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.acts import Act, LedgerAway
from tests.worlds import TestWorld


@dataclass
class FakeLedger:
    """`away`: nothing can be entered, only journalled."""

    acts: list[Act] = field(default_factory=list)
    journalled: list[Act] = field(default_factory=list)
    away: bool = False

    async def enter(self, act: Act, connection: Any = None) -> None:
        if self.away:
            raise LedgerAway
        self.acts.append(act)

    def journal(self, act: Act) -> None:
        self.journalled.append(act)

    def of(self, action: str) -> list[Act]:
        return [act for act in self.acts if act.action == action]


def recorder_of(ledger: FakeLedger) -> Recorder:
    return Recorder(TestWorld(), ledger)
