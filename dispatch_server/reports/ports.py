"""What this room asks of others. Wiring fills it; a room that is not there says nothing."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from dispatch_server.reports.facts import Change, CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.model import CaseName


class WorldPort(Protocol):
    def utc_us(self) -> int: ...

    def monotonic(self) -> float: ...


class NamesPort(Protocol):
    def terminal_name(self, source: str) -> str: ...

    def department_names(self, code: str) -> tuple[str, str]:
        """In Chinese and in English."""


class ChangesPort(Protocol):
    """Every port of facts is one, so that what was missed is found again."""

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        """Then or later, oldest first, at most so many; what still goes on counts as changed now."""


class RecordingsPort(ChangesPort, Protocol):
    async def facts_of(self, recording_ids: Sequence[str]) -> Mapping[str, RecordingFacts]: ...

    async def ids_after(self, recording_id: str, limit: int) -> Sequence[str]:
        """In the order of their ids; the empty one is before all."""


class EnforcementsPort(ChangesPort, Protocol):
    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, EnforcementFacts]: ...


class CoveragePort(ChangesPort, Protocol):
    """Which recording shows which enforcement, how whole, and what was noted about it."""

    async def enforcements_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """All that each shows. Their ids are in the order of their opening."""

    async def recordings_of(self, enforcement_ids: Sequence[str]) -> Sequence[str]: ...

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, CoverageFacts]: ...

    async def notes_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]: ...

    async def faults_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        """What was wrong with their pictures at any time."""


class CasesPort(ChangesPort, Protocol):
    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[CaseName, ...]]: ...


class NoChanges:
    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        return ()


class NoEnforcements(NoChanges):
    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, EnforcementFacts]:
        return {}


class NoCoverage(NoChanges):
    async def enforcements_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {}

    async def recordings_of(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        return ()

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, CoverageFacts]:
        return {}

    async def notes_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {}

    async def faults_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {}


class NoCases(NoChanges):
    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[CaseName, ...]]:
        return {}
