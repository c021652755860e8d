"""The line of the ledger that a change brings along: in the same transaction, with what it is about and what is new."""

from dataclasses import dataclass
from typing import Any

from dispatch_server.devices.model import Terminal
from dispatch_server.devices.ports import Beside, OfficerFacts
from dispatch_server.identity.callers import Caller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.acts import DetailValue, LedgerAway

# What only takes rights away is done without a ledger too; its line is in the journal then.
NEVER_REFUSED = frozenset({"device.revoke"})


@dataclass(frozen=True, slots=True)
class Lines:
    """Without a recorder nothing is changed."""

    recorder: Recorder | None

    def of(self, caller: Caller, action: str, terminal: Terminal, **detail: DetailValue) -> Beside:
        return self._beside(caller, action, f"terminal:{terminal.number}", terminal.department, detail)

    def of_officer(self, caller: Caller, action: str, officer: OfficerFacts) -> Beside:
        return self._beside(caller, action, f"officer:{officer.id}", officer.department, {})

    def _beside(self, caller: Caller, action: str, subject: str, department: str, detail: dict[str, Any]) -> Beside:
        async def enter(connection: Any) -> None:
            if self.recorder is None:
                raise LedgerAway
            put = self.recorder.enter_anyway if action in NEVER_REFUSED else self.recorder.enter
            await put(caller, action, subject, department=department, connection=connection, **detail)

        return enter


def changes(before: Terminal, after: Terminal) -> dict[str, DetailValue]:
    """What a person changes of a terminal, as it was and as it is."""
    found: dict[str, DetailValue] = {}
    for name in ("name", "name_en", "department"):
        if getattr(before, name) != getattr(after, name):
            found[f"{name}_before"], found[f"{name}_after"] = getattr(before, name), getattr(after, name)
    return found
