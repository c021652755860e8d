"""What to do when space runs short: receipted footage goes, then the main picture, and only then a gap (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

from terminals.master.folders import Kept

MAIN, SUB = "main", "sub"
UP = 2  # the main picture comes back when so many times as much is free as took it away


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Bytes: below `wanted` receipted footage goes, below `low` the small picture is kept, below `least` none."""

    wanted: int
    low: int
    least: int


@dataclass(frozen=True, slots=True)
class Plan:
    delete: tuple[Kept, ...]  # in this order; the receipt is looked at again before each
    layer: str
    writes: bool


def decide(free: int, limits: Thresholds, kept: Sequence[Kept], layer: str) -> Plan:
    """
    `free`: bytes that may be written, with what is reserved. Nothing without a receipt, and nothing that is still
    being written, is ever among `delete`.
    """
    chosen, after = [], free
    for segment in sorted(kept, key=lambda one: (one.utc_us, one.recording, one.segment)):
        if after >= limits.wanted:
            break
        if segment.receipted and segment.ended and segment.bytes:
            chosen.append(segment)
            after += segment.bytes
    back = limits.low if layer == MAIN else UP * limits.low
    return Plan(tuple(chosen), MAIN if after >= back else SUB, after >= limits.least)
