"""The whole room of people over a real database, with a fake ledger and a clock that the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI
from pyotp import TOTP

from dispatch_server.identity.assembly import IdentityLimits, IdentityRoom, Outside, assemble
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.hashing import HashCost
from dispatch_server.identity.model import Person, Role, Session
from dispatch_server.identity.second_factor import STEP_S
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import DatabaseSettings, ThreadSettings
from dispatch_server.web import problems
from tests.ledgers import FakeLedger, recorder_over
from tests.worlds import TestWorld

CHEAP = HashCost(1, 8, 1)
PASSWORD = "Xuanhua-Street-42"
ANOTHER = "Guanting-Lake-1955"


@dataclass
class PeopleRig:
    app: FastAPI
    world: TestWorld
    room: IdentityRoom
    ledger: FakeLedger
    secrets: dict[str, str] = field(default_factory=dict)  # account → second factor
    ended: list[tuple[str, str]] = field(default_factory=list)

    def client(self, address: str = "192.0.2.1", scheme: str = "https") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app, client=(address, 50000))
        return httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://dispatch.test")

    def code(self, account: str) -> str:
        """A code that was not used: the clock goes on by a step."""
        self.world.advance(STEP_S)
        return TOTP(self.secrets[account]).generate_otp(self.world.utc_us() // 1_000_000 // STEP_S)

    async def first_administrators(self) -> None:
        """All three, past their first sign-in."""
        for account, password in await self.room.people.create_first_administrators():
            async with self.client() as client:
                await self.settle(client, account, password)

    async def settle(self, client: httpx2.AsyncClient, account: str, password: str) -> dict[str, Any]:
        """The first sign-in: a new password, and a second factor where the role wants one."""
        answer = await sign_in(client, account, password)
        assert answer.json()["step"] == "new_password", answer.text
        answer = await step(client, answer, new_password=PASSWORD)
        if answer.status_code == 202:
            assert answer.json()["step"] == "enrolment"
            self.secrets[account] = answer.json()["secret"]
            answer = await step(client, answer, totp=self.code(account))
        assert answer.status_code == 201, answer.text
        signed_in: dict[str, Any] = answer.json()
        return signed_in

    async def enter(self, account: str, client: httpx2.AsyncClient | None = None) -> httpx2.AsyncClient:
        """Somebody who is settled signs in; the client that is then signed in."""
        client = client or self.client()
        more = {"totp": self.code(account)} if account in self.secrets else {}
        answer = await sign_in(client, account, PASSWORD, **more)
        assert answer.status_code == 201, answer.text
        return client

    async def add(self, account: str, roles: set[Role], department: str = "") -> Person:
        """Straight into the database, settled and without a second factor."""
        people = self.room.people
        made, _ = await people._new(account, account, department, frozenset(roles))
        hashed = await people.credentials.hashing.hash(PASSWORD)
        async with people.credentials.store.writing() as connection:
            await people.credentials.store.add(connection, made)
            values = {"password_hash": hashed, "must_change": False}
            await people.credentials.store.change(connection, made.person.id, 1, values)
        return made.person

    async def session(self, person: Person, proved: bool = True) -> tuple[str, Session]:
        """A sign-in without its steps, for tests of what comes after."""
        return await self.room.sign_ins.open(person, (), self.world.utc_us() if proved else 0)


async def sign_in(client: httpx2.AsyncClient, account: str, password: str, **more: str) -> httpx2.Response:
    return await client.post("/api/v1/sessions", json={"account": account, "password": password, **more})


async def step(client: httpx2.AsyncClient, before: httpx2.Response, **shown: str) -> httpx2.Response:
    return await client.post("/api/v1/sessions/steps", json={"ticket": before.json()["ticket"], **shown})


@asynccontextmanager
async def people_rig(url: str, limits: IdentityLimits | None = None) -> AsyncIterator[PeopleRig]:
    counters, world, ledger = Counters(), TestWorld(), FakeLedger()
    recorder = recorder_over(world, ledger)
    async with (
        Database(DatabaseSettings(url=Secret(url)), counters).opened() as database,
        Threads(ThreadSettings(), counters).opened() as threads,
    ):
        room = assemble(
            Outside(world, database, threads, recorder, lambda: bytes(32)), limits or IdentityLimits(cost=CHEAP)
        )
        app = FastAPI()
        problems.install(app)
        for router in room.routers():
            app.include_router(router)
        set_sign_ins(app.state, room.sign_ins)
        app.state.recorder, app.state.refusals = recorder, room.refusals
        rig = PeopleRig(app, world, room, ledger)
        room.sign_ins.listeners.append(lambda session_id, reason: rig.ended.append((session_id, reason)))
        yield rig
