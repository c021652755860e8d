"""What this room asks of others: facts of what is linked, names of officers, and somebody who holds footage."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dispatch_server.cases.facts import EnforcementFacts, Held, RecordingFacts
from dispatch_server.identity.callers import Caller
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope


class WorldPort(Protocol):
    """The clock and chance; runtime's World is one."""

    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class EnforcementsPort(Protocol):
    async def facts_of(self, enforcement_ids: Sequence[str], scope: Scope) -> Mapping[str, EnforcementFacts]:
        """Of those that exist within the scope; coverage and steps with them."""


class RecordingsPort(Protocol):
    async def facts_of(self, recording_ids: Sequence[str], scope: Scope) -> Mapping[str, RecordingFacts]:
        """Of those that exist within the scope; a purged one still exists."""

    async def of_enforcements(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        """Which recordings show them."""

    async def enforcements_of(self, recording_id: str) -> Sequence[str]:
        """Which enforcements a recording shows."""


class OfficersPort(Protocol):
    def exists(self, certificate: str) -> bool: ...

    def department_exists(self, path: str) -> bool: ...

    def named(self, name: str) -> Sequence[str]:
        """Certificates of all officers of that whole name."""


class NamesPort(Protocol):
    def department_names(self, code: str) -> tuple[str, str]:
        """In Chinese and in English."""


class HoldPort(Protocol):
    """Retention's holds."""

    async def place(
        self, case_id: str, recording_ids: Sequence[str], reason: str, by: Caller, until_utc_us: int | None
    ) -> Held:
        """Over these and whatever comes into the case later. Puts itself on record. Raises what is a Conflict."""
