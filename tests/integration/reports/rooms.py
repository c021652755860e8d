"""The rooms that say what the search joins, and can be away, forgetful and quick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch_server.reports.facts import Change, CoverageFacts, EnforcementFacts, RecordingFacts
from dispatch_server.reports.feeding import Facts, Feeder
from dispatch_server.reports.model import CaseName, OfficerName
from dispatch_server.reports.store import SearchStore
from dispatch_server.runtime.database import DatabaseAway
from tests.worlds import BEGIN_UTC_US, TestWorld


@dataclass
class Changed:
    changes: list[Change] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)  # since when
    away: bool = False

    async def changed_since(self, utc_us: int, limit: int) -> Sequence[Change]:
        self.asked.append(utc_us)
        found = sorted((one for one in self.changes if one.utc_us >= utc_us), key=lambda one: one.utc_us)
        return found[:limit]


@dataclass
class Recordings(Changed):
    known: dict[str, RecordingFacts] = field(default_factory=dict)

    async def facts_of(self, recording_ids: Sequence[str]) -> Mapping[str, RecordingFacts]:
        if self.away:
            raise DatabaseAway
        return {one: self.known[one] for one in recording_ids if one in self.known}

    async def ids_after(self, recording_id: str, limit: int) -> Sequence[str]:
        return sorted(one for one in self.known if one > recording_id)[:limit]


@dataclass
class Enforcements(Changed):
    known: dict[str, EnforcementFacts] = field(default_factory=dict)

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, EnforcementFacts]:
        return {one: self.known[one] for one in enforcement_ids if one in self.known}


@dataclass
class Coverage(Changed):
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)  # recording → enforcements
    known: dict[str, CoverageFacts] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    faults: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def enforcements_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {one: self.links[one] for one in recording_ids if one in self.links}

    async def recordings_of(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        return [one for one, shown in self.links.items() if set(shown) & set(enforcement_ids)]

    async def facts_of(self, enforcement_ids: Sequence[str]) -> Mapping[str, CoverageFacts]:
        return {one: self.known[one] for one in enforcement_ids if one in self.known}

    async def faults_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {one: self.faults[one] for one in recording_ids if one in self.faults}

    async def notes_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        return {one: self.notes[one] for one in recording_ids if one in self.notes}


@dataclass
class Cases(Changed):
    known: dict[str, tuple[CaseName, ...]] = field(default_factory=dict)

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, tuple[CaseName, ...]]:
        return {one: self.known[one] for one in recording_ids if one in self.known}


@dataclass
class County:
    store: SearchStore
    world: TestWorld = field(default_factory=TestWorld)
    recordings: Recordings = field(default_factory=Recordings)
    enforcements: Enforcements = field(default_factory=Enforcements)
    coverage: Coverage = field(default_factory=Coverage)
    cases: Cases = field(default_factory=Cases)

    def feeder(self) -> Feeder:
        """Of a node that has just begun."""
        return Feeder(self.world, self.store, Facts(self.recordings, self.enforcements, self.coverage, self.cases))

    def record(self, number: int, **more: str) -> str:
        """Nobody is told of it."""
        one, begun = f"recording-{number:05}", BEGIN_UTC_US + number * 1_000_000
        facts = RecordingFacts(one, "13", "T1301", "server", "main", "closed", begun, begun + 1_000_000, **more)  # type: ignore[arg-type]
        self.recordings.known[one] = facts
        self.recordings.changes.append(Change(begun, (one,)))
        return one

    def enforce(self, identity: str, *steps: str, item: str = "CF-1") -> None:
        officers = (OfficerName("执-1", "甲"),)
        facts = EnforcementFacts(identity, "penalty", item, "罚款事项", officers, steps, "王小明", True, "某路")
        self.enforcements.known[identity] = facts
