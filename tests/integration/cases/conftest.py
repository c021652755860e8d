"""Case files over SQLite and over PostgreSQL, with their routes, other rooms' facts, and a ledger that can be away."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from dispatch_server.cases.changes import Changes
from dispatch_server.cases.facts import EnforcementFacts, Held, RecordingFacts
from dispatch_server.cases.routes import case_routes, link_routes
from dispatch_server.cases.service import CaseService
from dispatch_server.cases.store import CaseStore
from dispatch_server.identity.callers import Caller
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.kit.events import Event
from dispatch_server.kit.redact import Secret
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings
from dispatch_server.web import problems
from tests.ledgers import FakeLedger
from tests.unit.identity.fakes import FakeSessionStore
from tests.worlds import TestWorld

OFFICERS = {"样例-13-001", "样例-13-002"}


@dataclass
class FakeBus:
    events: list[Event] = field(default_factory=list)

    def publish(self, event: Event) -> None:
        self.events.append(event)


@dataclass
class FakeEnforcements:
    known: dict[str, EnforcementFacts] = field(default_factory=dict)

    async def facts_of(self, enforcement_ids: Sequence[str], scope: Scope) -> Mapping[str, EnforcementFacts]:
        found = {one: self.known[one] for one in enforcement_ids if one in self.known}
        return {one: facts for one, facts in found.items() if scope.covers(facts.department)}


@dataclass
class FakeRecordings:
    known: dict[str, RecordingFacts] = field(default_factory=dict)
    shows: dict[str, str] = field(default_factory=dict)  # recording → enforcement

    async def facts_of(self, recording_ids: Sequence[str], scope: Scope) -> Mapping[str, RecordingFacts]:
        found = {one: self.known[one] for one in recording_ids if one in self.known}
        return {one: facts for one, facts in found.items() if scope.covers(facts.department)}

    async def of_enforcements(self, enforcement_ids: Sequence[str]) -> Sequence[str]:
        return [one for one, shown in self.shows.items() if shown in enforcement_ids]

    async def enforcements_of(self, recording_id: str) -> Sequence[str]:
        return [self.shows[recording_id]] if recording_id in self.shows else []


class FakeOfficers:
    def exists(self, certificate: str) -> bool:
        return certificate in OFFICERS

    def department_exists(self, path: str) -> bool:
        return path in ("13", "13/01", "14")

    def named(self, name: str) -> Sequence[str]:
        """Two have the same name, and one of them is in no case."""
        return {"贾一城": ["样例-13-001"], "甄一关": ["样例-13-009", "样例-13-002"]}.get(name, ())


@dataclass
class FakeHolds:
    placed: list[tuple[str, list[str], str, int | None]] = field(default_factory=list)

    async def place(
        self, case_id: str, recording_ids: Sequence[str], reason: str, by: Caller, until_utc_us: int | None
    ) -> Held:
        self.placed.append((case_id, list(recording_ids), reason, until_utc_us))
        return Held("hold-1", len(recording_ids), ("gone-1",))


class Rig:
    def __init__(self, database: Database) -> None:
        self.world, self.ledger, self.bus = TestWorld(), FakeLedger(), FakeBus()
        self.enforcements, self.recordings, self.holds = FakeEnforcements(), FakeRecordings(), FakeHolds()
        self.recorder = Recorder(self.world, self.ledger)
        changes = Changes(self.world, self.bus, self.recorder, CaseStore(database), self.enforcements, self.recordings)
        self.cases = CaseService(changes, FakeOfficers(), re.compile(r"[^〔]{1,12}〔\d{4}〕\d{1,6}号"), self.holds)
        self.sign_ins = SignInService(
            self.world, FakeSessionStore(), CodeBox(self.world.chance), recorder=self.recorder
        )
        self.app = FastAPI()
        problems.install(self.app)
        for router in (
            session_routes(self.sign_ins), case_routes(self.cases, self), link_routes(self.cases, self)
        ):  # fmt: skip
            self.app.include_router(router)
        set_sign_ins(self.app.state, self.sign_ins)
        self.app.state.recorder = self.recorder

    def department_names(self, code: str) -> tuple[str, str]:
        return f"部门 {code}", f"Department {code}"

    @asynccontextmanager
    async def desk(self, *roles: Role, department: str = "") -> AsyncIterator[httpx2.AsyncClient]:
        person = Person(f"p-{'-'.join(roles)}-{department}", "某人", frozenset(roles), department)
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://dispatch.test") as client:
            answer = await client.post("/api/v1/sessions", json={"code": self.sign_ins.new_code(person)})
            assert answer.status_code == 201, answer.text
            self.ledger.acts.clear()
            yield client

    def record(self, one: str, department: str = "13", state: str = "sealed", shows: str = "") -> str:
        begun = self.world.utc_us()
        facts = RecordingFacts(one, department, state, begun, begun + 60_000_000, confirms=True, source="T1301")
        self.recordings.known[one] = facts
        if shows:
            self.recordings.shows[one] = shows
        return one

    def enforce(self, one: str, department: str = "13", **more: Any) -> str:
        self.enforcements.known[one] = EnforcementFacts(one, department, **{"is_finished": True, **more})
        return one


@pytest.fixture(params=["sqlite", "postgresql"])
async def rig(request: pytest.FixtureRequest, data_folder: Path) -> AsyncIterator[Rig]:
    url = f"sqlite+aiosqlite:///{data_folder / 'test.sqlite3'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    async with Database(DatabaseSettings(url=Secret(url)), Counters()).opened() as database:
        yield Rig(database)


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx2.AsyncClient]:
    """An operator's of township 13."""
    async with rig.desk(Role.OPERATOR, department="13") as client:
        yield client


def words(number: str = "青市监罚〔2026〕1号", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"number": number, "year": 2026, "cause": "无证经营", "department": "13"}
    body |= {"party": {"kind": "person", "name": "王小明", "identifier": "420000199001011234"}}
    body |= {"officers": ["样例-13-001", "样例-13-002"], "filed_on": "2026-09-01", "decided_on": "2026-09-20"}
    return body | {"retention": {"kept_for": "years", "years": 10}} | more


async def opened(client: httpx2.AsyncClient, number: str = "青市监罚〔2026〕1号", **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/cases", json=words(number, **more))
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    found: dict[str, Any] = answer.json()
    return found


def tag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
