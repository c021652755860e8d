"""The real routes of sign-in and live, in one application, over a fake engine."""

from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI

from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.live.cors import MediaHeaders
from dispatch_server.web import problems
from tests.ledgers import recorder_over
from tests.unit.identity.fakes import FakeSessionStore
from tests.unit.live.fakes import OFFER
from tests.unit.live.room import Room

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@dataclass
class Rig:
    room: Room = field(default_factory=Room)

    def __post_init__(self) -> None:
        world = self.room.world
        self.ledger = self.room.ledger
        recorder = recorder_over(world, self.ledger)
        self.sign_ins = SignInService(world, FakeSessionStore(), CodeBox(world.chance), recorder=recorder)
        self.sign_ins.listeners.append(self.room.live.holder_left)
        self.app = FastAPI()
        problems.install(self.app)
        self.app.add_middleware(MediaHeaders)
        for router in (session_routes(self.sign_ins), *self.room.parts.routers()):
            self.app.include_router(router)
        set_sign_ins(self.app.state, self.sign_ins)
        self.app.state.recorder = recorder
        self.app.state.refusals = Refusals()
        self.stranger = self.client()
        self.desk = self.client()

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url="http://dispatch.test")

    async def sign_in(self, client: httpx2.AsyncClient | None = None) -> httpx2.Response:
        code = self.sign_ins.new_code(DEVELOPER)
        return await (client or self.desk).post("/api/v1/sessions", json={"code": code})

    async def token(self, direction: str, target: str, **more: str) -> dict[str, Any]:
        answer = await self.desk.post("/api/v1/media-tokens", json={"direction": direction, "target": target, **more})
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    async def publish_key(self, source: str) -> dict[str, Any]:
        answer = await self.desk.post("/api/v1/publish-keys", json={"source": source})
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    async def post(self, path: str, bearer: str | None, offer: str = OFFER, **headers: str) -> httpx2.Response:
        return await self.stranger.post(path, content=offer, headers={**SDP, **bearing(bearer), **headers})

    async def go_live(self, source: str = "T0101") -> tuple[str, httpx2.Response]:
        """Publish with a token; the bearer and the 201."""
        bearer = (await self.token("publish", source))["token"]
        answer = await self.post(f"/whip/{source}", bearer)
        assert answer.status_code == 201, answer.text
        self.room.live.publisher_connected(answer.headers["location"].rpartition("/")[2])
        return bearer, answer


def bearing(bearer: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}"} if bearer is not None else {}
