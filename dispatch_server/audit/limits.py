"""The bounds of the ledger's room, as its settings give them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    wait_s: float = 2.5
    queue: int = 2000
    batch: int = 256  # acts in one transaction


@dataclass(frozen=True, slots=True)
class JournalLimits:
    queue: int = 20_000
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a head is signed: after so long, or after so many new acts."""

    head_s: float = 60.0
    head_acts: int = 1000
