"""A life as a table: (state, event) → state, and nothing else changes a state."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from dispatch_server.kit.errors import LocalFault

S = TypeVar("S", bound=Hashable)
E = TypeVar("E", bound=Hashable)


class IllegalTransition(LocalFault):
    """An event came in a state whose table has no row for it."""

    def __init__(self, state: object, event: object) -> None:
        super().__init__("illegal_transition", f"{event} cannot happen in state {state}.")
        self.state = state
        self.event = event


@dataclass(frozen=True, slots=True)
class StateTable(Generic[S, E]):
    """The moves of one life. Owners keep the present state: `state = TABLE.after(state, event)`."""

    first: S
    moves: Mapping[tuple[S, E], S]
    final: frozenset[S]

    def after(self, state: S, event: E) -> S:
        """The state that follows, or IllegalTransition."""
        try:
            return self.moves[state, event]
        except KeyError:
            raise IllegalTransition(state, event) from None

    def allows(self, state: S, event: E) -> bool:
        return (state, event) in self.moves

    def states(self) -> frozenset[S]:
        """Every state that the table names."""
        named = {self.first, *self.final}
        for (before, _), after in self.moves.items():
            named |= {before, after}
        return frozenset(named)

    def arrows(self) -> Iterator[tuple[S, E, S]]:
        """(from, event, to), for whoever draws the table."""
        for (before, event), after in self.moves.items():
            yield before, event, after

    def reachable(self) -> frozenset[S]:
        """The states that some row of events leads to from the first one."""
        found = {self.first}
        waiting = [self.first]
        while waiting:
            state = waiting.pop()
            for before, _, after in self.arrows():
                if before == state and after not in found:
                    found.add(after)
                    waiting.append(after)
        return frozenset(found)

    def flaws(self) -> tuple[str, ...]:
        """What is wrong with the table itself, in words; empty when all is well."""
        left = {before for before, _ in self.moves}
        reachable = self.reachable()
        found = [f"{state} cannot be reached" for state in self.states() if state not in reachable]
        found += [f"{state} is final but has a way out" for state in self.final if state in left]
        found += [
            f"{state} has no way out but is not final"
            for state in self.states()
            if state not in left and state not in self.final
        ]
        return tuple(sorted(found))
