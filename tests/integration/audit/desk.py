"""The ledger's routes over a running ledger, and clients that are signed in as somebody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from dispatch_server.audit.routes import ledger_routes
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.kit.acts import Outcome
from dispatch_server.web import problems
from tests.integration.audit.rig import Node
from tests.ledgers import recorder_over
from tests.unit.identity.fakes import FakeSessionStore

AUDITOR = Person("p9", "审计员", frozenset({Role.AUDIT_ADMIN}))


class Desk:
    def __init__(self, node: Node) -> None:
        self.node = node
        self.recorder = Recorder(node.world, node.ledger)
        # Signing in stands in a ledger of its own, so that this one holds what a test did.
        begun = recorder_over(node.world)
        self.sign_ins = SignInService(node.world, FakeSessionStore(), CodeBox(node.world.chance), recorder=begun)
        self.app = FastAPI()
        problems.install(self.app)
        for router in (session_routes(self.sign_ins), ledger_routes(node.room, self.recorder, node.world)):
            self.app.include_router(router)
        set_sign_ins(self.app.state, self.sign_ins)
        self.app.state.recorder, self.app.state.refusals = self.recorder, Refusals()

    @asynccontextmanager
    async def client(self, person: Person = AUDITOR) -> AsyncIterator[httpx2.AsyncClient]:
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://dispatch.test") as client:
            answer = await client.post("/api/v1/sessions", json={"code": self.sign_ins.new_code(person)})
            assert answer.status_code == 201, answer.text
            yield client

    async def fill(self, count: int) -> None:
        """Every second one a refusal, every third about another department."""
        for number in range(count):
            act = self.node.act(
                "recording.play" if number % 5 else "stream.watch",
                number,
                actor=f"person:p{number % 4}",
                department="07" if number % 3 == 0 else "13/02",
                outcome=Outcome.REFUSED if number % 2 else Outcome.DONE,
            )
            await self.node.ledger.enter(act)

    async def searches(self) -> list[bytes]:
        return [line for line in await self.node.lines() if b'"ledger.search"' in line]
