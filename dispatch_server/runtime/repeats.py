"""Which lines are said again too soon: the first goes out, the others are counted."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
Line = tuple[str, int, str]


@dataclass(slots=True)
class Repeats:
    """Bounded: beyond `kinds` different lines the oldest is forgotten with its count."""

    within_s: float
    kinds: int
    _since: OrderedDict[Line, list[float]] = field(default_factory=OrderedDict)  # line → [written at, repeats]
    _lock: Lock = field(default_factory=Lock)  # lines come from every thread

    def admit(self, line: Line, now: float) -> int | None:
        """None: do not write it. Else: write it; the number says how often it was held back before."""
        with self._lock:
            entry = self._since.get(line)
            if entry is not None and now - entry[0] < self.within_s:
                entry[1] += 1
                return None
            self._since[line] = [now, 0]
            self._since.move_to_end(line)
            if len(self._since) > self.kinds:
                self._since.popitem(last=False)
            return int(entry[1]) if entry is not None else 0

    def due(self, now: float) -> Iterator[tuple[Line, int]]:
        """Lines whose time is over and that came again meanwhile; they are forgotten."""
        with self._lock:
            over = [line for line, (at, _) in self._since.items() if now - at >= self.within_s]
            counts = [(line, int(self._since.pop(line)[1])) for line in over]
        yield from ((line, count) for line, count in counts if count)
