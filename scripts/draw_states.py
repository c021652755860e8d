"""Draws state tables as SVG: states in a row, events on the arcs; `generate.py` writes them to docs/states."""

import ast
import importlib
import pkgutil
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from dispatch_server.kit.states import StateTable  # noqa: E402  (the root must be importable first)

DRAWINGS = ROOT / "docs" / "states"
PACKAGES = ("dispatch_server", "terminals")
BOX_W, BOX_H, GAP, LINE = 132, 44, 64, 15
STYLE = (
    "text{font:13px sans-serif;fill:#1b2733}.s{font-weight:600;text-anchor:middle}.e{font-size:12px;text-anchor:middle;"
    "paint-order:stroke;stroke:#fff;stroke-width:4px}.l{font-size:11px;fill:#5a6b7b;text-anchor:middle}"
    "rect{fill:#eef3f8;stroke:#3f6184;stroke-width:1.5}.f{fill:#e4e7ea;stroke:#6b7580;stroke-dasharray:5 3}"
    ".n{fill:#dcecff;stroke-width:2.5}path{fill:none;stroke:#3f6184;stroke-width:1.4;marker-end:url(#a)}"
    ".p{fill:#fff;stroke:none}.h{fill:#3f6184;stroke:none;marker-end:none}"
)
HEAD = (
    '<marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path class="h" d="M0 0L8 4L0 8z"/></marker>'
)


@dataclass(frozen=True, slots=True)
class Life:
    """One table and where it stands."""

    module: str
    name: str
    table: StateTable[Any, Any]

    @property
    def file_name(self) -> str:
        room = self.module.split(".", 1)[1].removesuffix(".model").replace(".", "-")
        return f"{room}-{self.name.lower().replace('_', '-')}.svg"


def makes_a_table(path: Path) -> bool:
    """Reads, without importing, whether a module calls StateTable."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "StateTable" for call in calls)


def lives_in(module: ModuleType) -> list[Life]:
    tables = {name: value for name, value in vars(module).items() if isinstance(value, StateTable)}
    return [Life(module.__name__, name, table) for name, table in tables.items()]


def lives() -> list[Life]:
    """Every table of the product, by module and name."""
    found: list[Life] = []
    for package in PACKAGES:
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            path = ROOT / Path(*info.name.split(".")).with_suffix(".py")
            if path.exists() and makes_a_table(path):
                found += [life for life in lives_in(importlib.import_module(info.name)) if life not in found]
    return sorted(found, key=lambda life: (life.module, life.name))


def order_of(table: StateTable[Any, Any]) -> list[Any]:
    """Breadth first from the first state, final states last."""
    order = [table.first]
    for state in order:
        order += [after for before, _, after in table.arrows() if before == state and after not in order]
    order += sorted(table.states() - set(order), key=str)
    return [s for s in order if s not in table.final] + [s for s in order if s in table.final]


def grouped(table: StateTable[Any, Any]) -> dict[tuple[Any, Any], list[str]]:
    """Events by the pair of states that they join."""
    pairs: dict[tuple[Any, Any], list[str]] = {}
    for before, event, after in table.arrows():
        pairs.setdefault((before, after), []).append(str(event))
    return pairs


@dataclass(frozen=True, slots=True)
class Arc:
    """One arrow with its words at the apex; forward ones above the row, those back below it."""

    left: int
    right: int
    events: list[str]

    @property
    def forward(self) -> bool:
        return self.left < self.right

    @property
    def reach(self) -> float:
        """How far it stands off the row, with its words."""
        return self._bow() * 0.75 + len(self.events) * LINE + 12

    def _bow(self) -> float:
        return 26 + 30 * abs(self.right - self.left)

    def _ends(self) -> tuple[float, float]:
        shift = 14 if self.forward else -14
        x1, x2 = (BOX_W / 2 + i * (BOX_W + GAP) + 20 for i in (self.left, self.right))
        return x1 + shift, x2 - shift

    def curve(self, top: float) -> str:
        x1, x2 = self._ends()
        y = top if self.forward else top + BOX_H
        bow = y - self._bow() if self.forward else y + self._bow()
        return f'<path d="M{x1:g} {y:g}C{x1:g} {bow:g} {x2:g} {bow:g} {x2:g} {y:g}"/>'

    def words(self, top: float) -> str:
        middle = sum(self._ends()) / 2
        if self.forward:
            first = top - self._bow() * 0.75 - 4 - (len(self.events) - 1) * LINE
        else:
            first = top + BOX_H + self._bow() * 0.75 + 14
        lines = (
            f'<text class="e" x="{middle:g}" y="{first + n * LINE:g}">{escape(event)}</text>'
            for n, event in enumerate(self.events)
        )
        return "".join(lines)


def box(index: int, state: Any, table: StateTable[Any, Any], stays: list[str], top: float) -> str:
    x = 20 + index * (BOX_W + GAP)
    middle = x + BOX_W / 2
    kind = "f" if state in table.final else "n" if state == table.first else ""
    base = top + BOX_H / 2 + (-2 if stays else 5)
    parts = [
        f'<rect class="{kind}" x="{x}" y="{top:g}" width="{BOX_W}" height="{BOX_H}" rx="8"/>',
        f'<text class="s" x="{middle:g}" y="{base:g}">{escape(str(state))}</text>',
    ]
    if stays:
        parts.append(f'<text class="l" x="{middle:g}" y="{base + 16:g}">↺ {escape(", ".join(stays))}</text>')
    return "".join(parts)


def drawing(life: Life) -> str:
    """The whole SVG: states in a row, first one blue, final ones dashed, events on the arcs."""
    order = order_of(life.table)
    pairs = grouped(life.table)
    place = {state: index for index, state in enumerate(order)}
    arcs = [Arc(place[a], place[b], events) for (a, b), events in pairs.items() if a != b]
    top = 34 + max((arc.reach for arc in arcs if arc.forward), default=0)
    below = max((arc.reach for arc in arcs if not arc.forward), default=0)
    width, height = 40 + len(order) * (BOX_W + GAP) - GAP, top + BOX_H + below + 14
    title, size = f"{life.module}.{life.name}", f'width="{width}" height="{height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" {size}>',
        f"<title>{title}</title><style>{STYLE}</style><defs>{HEAD}</defs>",
        f'<rect class="p" width="100%" height="100%"/><text x="20" y="22">{title}</text>',
        *(arc.curve(top) for arc in arcs),
        *(arc.words(top) for arc in arcs),
        *(box(place[state], state, life.table, pairs.get((state, state), []), top) for state in order),
        "</svg>\n",
    ]
    return "\n".join(lines)
