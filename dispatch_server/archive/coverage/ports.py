"""What coverage asks of others: enforcements with what happened in them, words of guidance, and the bus."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import Scope


class EnforcementFacts(Protocol):
    """As the room of enforcements keeps it."""

    @property
    def id(self) -> str: ...

    @property
    def department(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def item_name(self) -> str: ...

    @property
    def terminals(self) -> tuple[str, ...]: ...

    @property
    def begun_utc_us(self) -> int | None: ...

    @property
    def finished_utc_us(self) -> int | None: ...


class StepFacts(Protocol):
    @property
    def step(self) -> str: ...

    @property
    def begun_utc_us(self) -> int: ...

    @property
    def ended_utc_us(self) -> int | None: ...


class MarkFacts(Protocol):
    @property
    def utc_us(self) -> int: ...

    @property
    def text(self) -> str: ...

    @property
    def important(self) -> bool: ...

    @property
    def by(self) -> str: ...


class PauseFacts(Protocol):
    @property
    def from_utc_us(self) -> int: ...

    @property
    def to_utc_us(self) -> int | None: ...

    @property
    def reason(self) -> str: ...


class EnforcementPort(Protocol):
    def under_way(self) -> Mapping[str, EnforcementFacts]:
        """By terminal."""

    async def find(self, enforcement_id: str, scope: Scope) -> EnforcementFacts:
        """Raises a refusal that is Absent, also for what the scope does not cover."""

    async def steps_of(self, enforcement_id: str) -> Sequence[StepFacts]: ...

    async def marks_of(self, enforcement_id: str) -> Sequence[MarkFacts]: ...

    async def pauses_of(self, enforcement_id: str) -> Sequence[PauseFacts]: ...

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[EnforcementFacts]: ...


class Guidance(Protocol):
    @property
    def utc_us(self) -> int: ...

    @property
    def text(self) -> str: ...

    @property
    def by(self) -> str: ...


class GuidancePort(Protocol):
    """What the centre said to those in the field."""

    async def said(self, enforcement_id: str) -> Sequence[Guidance]: ...


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...
