"""What this room asks of others: clock and chance, the bus, terminals, coverage, and names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from dispatch_server.kit.events import Event


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def monotonic(self) -> float: ...

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """`may_take_part`: it is in the register and trusted."""

    number: str
    department: str
    may_take_part: bool


class TerminalsPort(Protocol):
    """The register."""

    def terminal(self, number: str) -> TerminalFacts | None: ...

    def of_department(self, path: str) -> Sequence[TerminalFacts]:
        """In the department's first level and below it."""

    def place(self, number: str, from_utc_us: int, to_utc_us: int) -> tuple[float, float] | None:
        """Where it was, in degrees of WGS-84, when its last sign of life with a place is of that time."""

    def seen(self) -> Mapping[str, int]:
        """Number → last sign of life, UTC microseconds."""


class CoveragePort(Protocol):
    """Whether there is a recording of what a source saw from one moment to another."""

    async def covered(self, source: str, from_utc_us: int, to_utc_us: int) -> bool: ...


class NamesPort(Protocol):
    def department_names(self, code: str) -> tuple[str, str]:
        """In Chinese and in English."""
