"""One line of the doctor: what was looked at, whether it is well, and the cure."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    WELL = "ok"
    NOTE = "note"  # worth knowing; this node works without
    MEND = "MEND"  # this node does not work, or not for others


@dataclass(frozen=True, slots=True)
class Finding:
    verdict: Verdict
    what: str
    cure: str = ""

    def line(self) -> str:
        cure = f"\n        cure: {self.cure}" if self.cure else ""
        return f"  {self.verdict:<5} {self.what}{cure}"


def well(what: str) -> Finding:
    return Finding(Verdict.WELL, what)


def note(what: str, cure: str = "") -> Finding:
    return Finding(Verdict.NOTE, what, cure)


def mend(what: str, cure: str) -> Finding:
    return Finding(Verdict.MEND, what, cure)
