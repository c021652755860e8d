"""What this room asks of others: clock and chance, the bus, terminals, coverage, and names."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.enforcement.refusals import CaseUnknown
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope

AfterCommit = Callable[[], Awaitable[None]]


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
    """What recordings there are of what a source saw."""

    async def lacking(self, source: str, from_utc_us: int, to_utc_us: int) -> Sequence[tuple[int, int]]:
        """The stretches of it that nobody kept, in order."""


class CaseFilesPort(Protocol):
    """Case files, which enforcements are put into."""

    async def take(
        self, connection: AsyncConnection, caller: Caller, case_id: str, enforcement_id: str, scope: Scope
    ) -> AfterCommit:
        """
        Links it, unless it is linked already, in the caller's transaction; what is given back tells of it. Raises what
        is Absent for a case that is not there or not within the scope, and a Conflict for one that is closed.
        """


class NoCaseFiles:
    """Stands where no room of case files is wired: there is none to put anything into."""

    async def take(
        self, connection: AsyncConnection, caller: Caller, case_id: str, enforcement_id: str, scope: Scope
    ) -> AfterCommit:
        raise CaseUnknown


class NamesPort(Protocol):
    def department_names(self, code: str) -> tuple[str, str]:
        """In Chinese and in English."""
