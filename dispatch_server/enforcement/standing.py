"""Which terminal takes part in which enforcement under way, as this node knows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from dispatch_server.enforcement.model import Enforcement, State


@dataclass(slots=True)
class Standing:
    """Changed by what happens here at once, and read anew when another node tells or a compare is due."""

    _by_terminal: dict[str, Enforcement] = field(default_factory=dict)

    def by_terminal(self) -> Mapping[str, Enforcement]:
        return MappingProxyType(self._by_terminal)

    def all(self) -> list[Enforcement]:
        """Longest under way first."""
        found = {one.id: one for one in self._by_terminal.values()}
        return sorted(found.values(), key=lambda one: (one.begun_utc_us or 0, one.id))

    def load(self, those: Iterable[Enforcement]) -> None:
        self._by_terminal = {terminal: one for one in those for terminal in one.terminals}

    def changed(self, one: Enforcement) -> None:
        for terminal in one.terminals:
            known = self._by_terminal.get(terminal)
            if one.state is State.UNDER_WAY:
                self._by_terminal[terminal] = one
            elif known is not None and known.id == one.id:
                del self._by_terminal[terminal]
