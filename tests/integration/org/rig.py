"""The organisation over a real database, its real routes, a ledger that can be away, and people at their desks."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from fastapi import FastAPI

from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.kit.acts import Act, LedgerAway
from dispatch_server.org.clerk import Clerk
from dispatch_server.org.files import OrgFiles
from dispatch_server.org.routes import org_routes
from dispatch_server.org.service import OrgService
from dispatch_server.org.store import OrgStore
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.web import problems
from dispatch_server.web.bodies import BodyLimit
from tests.unit.identity.fakes import FakeSessionStore
from tests.worlds import TestWorld

T = TypeVar("T")
YAML = {"Content-Type": "application/yaml"}
XLSX = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
SETUP = SystemCaller("test")
SAMPLE_FILES = [Path("config", name) for name in ("departments.yaml", "enforcement_items.yaml", "officers.yaml")]


@dataclass
class FakeLedger:
    """`away`: nothing can be put on record."""

    acts: list[Act] = field(default_factory=list)
    connected: list[bool] = field(default_factory=list)  # whether each came within the change's transaction
    away: bool = False

    async def enter(self, act: Act, connection: Any = None) -> None:
        if self.away:
            raise LedgerAway
        self.acts.append(act)
        self.connected.append(connection is not None)

    def journal(self, act: Act) -> None:
        raise AssertionError("the organisation journals nothing")


async def at_once(function: Callable[[], T], /) -> T:
    return function()


class Rig:
    """One node; several may stand over one database and one bus."""

    def __init__(self, database: Database, bus: LocalBus) -> None:
        self.world, self.ledger, self.bus = TestWorld(), FakeLedger(), bus
        self.org = OrgService(self.world, OrgStore(database), bus, Recorder(self.world, self.ledger))
        self.files = OrgFiles(self.org, at_once, Clerk())
        self.at_the_door = FakeLedger()  # sign-ins and refusals; `ledger` has what the room itself enters
        doorkeeper = Recorder(self.world, self.at_the_door)
        self.sign_ins = SignInService(self.world, FakeSessionStore(), CodeBox(self.world.chance), recorder=doorkeeper)
        self.app = FastAPI()
        problems.install(self.app)
        self.app.add_middleware(BodyLimit, limit_bytes=65_536)
        for router in (session_routes(self.sign_ins), *org_routes(self.files)):
            self.app.include_router(router)
        set_sign_ins(self.app.state, self.sign_ins)
        self.app.state.recorder = doorkeeper

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="http://dispatch.test")

    @asynccontextmanager
    async def desk(self, *roles: Role, department: str = "") -> AsyncIterator[httpx2.AsyncClient]:
        """Somebody in these roles, signed in."""
        person = Person(f"p-{'-'.join(roles)}-{department}", "某人", frozenset(roles), department)
        async with self.client() as client:
            answer = await client.post("/api/v1/sessions", json={"code": self.sign_ins.new_code(person)})
            assert answer.status_code == 201, answer.text
            yield client

    async def import_sample(self) -> None:
        await self.files.import_files(SAMPLE_FILES, SETUP)
        self.ledger.acts.clear()
        self.ledger.connected.clear()


def tag(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
