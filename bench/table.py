"""The one table: what, measured, budget, and whether it is met; printed and written to bench/results/."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Machine

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    measured: str
    budget: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {None: "", True: "met", False: "MISSED"}[self.met]


def within(what: str, value: float, limit: float, unit: str, detail: str = "") -> Row:
    """A row with an upper limit."""
    shown = f"{value:.1f} {unit}" if value < 1000 else f"{value:.0f} {unit}"
    return Row(what, f"{shown}{'; ' + detail if detail else ''}", f"≤ {limit:g} {unit}", value <= limit)


def render(machine: Machine, rows: Sequence[Row], when: str) -> str:
    """Markdown."""
    lines = [f"# Measured {when}", "", str(machine), "", "| what | measured | budget | |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.measured} | {row.budget} | {row.verdict} |" for row in rows]
    return "\n".join(lines) + "\n"


def keep(text: str, name: str) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.md"
    path.write_text(text, "utf-8")
    return path
