"""The real routes of sign-in, live and devices in one application, over a fake engine and a real database."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import httpx2
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from dispatch_server.devices.assembly import DevicesRoom, Outside, assemble
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.devices.ports import DepartmentFacts, OfficerFacts
from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.database import Database
from dispatch_server.web import problems
from dispatch_server.wiring.devices import end_publish_key
from tests.ledgers import FakeLedger, recorder_over
from tests.unit.identity.fakes import FakeSessionStore
from tests.unit.live.fakes import FINGERPRINT, OFFER
from tests.unit.live.room import Room, county

URL = "http://dispatch.test"
SEED = Secret("5e" * 32)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SDP = {"Content-Type": "application/sdp"}


def person(department: str, *roles: Role) -> Person:
    return Person(f"person-{department or 'county'}", "值班员", frozenset(roles or Role), department)


class SampleDepartments:
    """The sample county, two terminals in each department."""

    def departments(self) -> dict[str, DepartmentFacts]:
        return {
            code: DepartmentFacts(
                code, one.name, one.name_en, tuple((f"{one.name}{n}号终端", f"terminal {n}") for n in (1, 2))
            )
            for code, one in county().departments.items()
        }


@dataclass
class FakeOfficers:
    """By id; a test changes them as it likes."""

    known: dict[str, OfficerFacts] = field(default_factory=dict)

    async def officer(self, officer: str) -> OfficerFacts | None:
        return self.known.get(officer)


@dataclass
class Device:
    """What a terminal holds: its key pair, and the place in the register that it was given."""

    key: Any = field(default_factory=lambda: OKPKey.generate_key("Ed25519"))
    number: str = ""
    key_id: str = ""
    jtis: int = 0

    @classmethod
    def p256(cls) -> Self:
        return cls(ECKey.generate_key("P-256"))

    @property
    def algorithm(self) -> str:
        return "Ed25519" if isinstance(self.key, OKPKey) else "ES256"

    @property
    def public(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    def claims(self, utc_us: int) -> dict[str, Any]:
        self.jtis += 1
        now = utc_us // 1_000_000
        jti = f"{id(self):x}-{self.jtis:016d}"
        return {"iss": self.number, "sub": self.number, "aud": URL, "iat": now, "exp": now + 60, "jti": jti}

    def assertion(self, utc_us: int, header: dict[str, Any] | None = None, **changes: Any) -> str:
        header = {"alg": self.algorithm, "typ": "JWT", "kid": self.key.thumbprint(), **(header or {})}
        claims = {name: value for name, value in {**self.claims(utc_us), **changes}.items() if value is not None}
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])


@dataclass
class Rig:
    room: Room
    devices: DevicesRoom
    officers: FakeOfficers
    ledger: FakeLedger
    app: FastAPI
    sign_ins: SignInService
    desk: httpx2.AsyncClient
    field: httpx2.AsyncClient
    hub: list[tuple[str, str]]  # what the hub would have been told to disconnect

    @classmethod
    async def over(cls, database: Database, limits: DeviceLimits | None = None) -> Self:
        room, officers = Room(), FakeOfficers()
        ledger = room.ledger
        world = room.world

        async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
            return await asyncio.to_thread(function, *arguments)

        def report(where: str, error: BaseException) -> None:
            room.reports.append(f"{where}: {error}")

        recorder = recorder_over(world, ledger)
        devices = assemble(
            Outside(
                world,
                room.bus,
                database,
                SampleDepartments(),
                officers,
                in_thread,
                lambda: SEED,
                report,
                recorder,
            ),
            limits or DeviceLimits(),
            URL,
            15.0,
        )
        await devices.open()
        hub: list[tuple[str, str]] = []
        devices.parts.devices.endings.listeners += [
            room.live.holder_left,
            lambda holder, reason: hub.append((holder, reason)),
        ]
        devices.parts.devices.also_ends.append(partial(end_publish_key, room.parts))
        sign_ins = SignInService(world, FakeSessionStore(), CodeBox(world.chance), recorder=recorder)
        app = FastAPI()
        problems.install(app)
        for router in (session_routes(sign_ins), *room.parts.routers(), *devices.routers()):
            app.include_router(router)
        set_sign_ins(app.state, sign_ins)
        app.state.recorder, app.state.refusals, app.state.terminals = recorder, Refusals(), devices
        rig = cls(room, devices, officers, ledger, app, sign_ins, client(app), client(app), hub)
        await rig.sign_in(rig.desk, DEVELOPER)
        return rig

    async def close(self) -> None:
        await self.desk.aclose()
        await self.field.aclose()

    @property
    def utc_us(self) -> int:
        return self.room.world.utc_us()

    def advance(self, seconds: float) -> None:
        self.room.world.seconds += seconds

    async def sign_in(self, at: httpx2.AsyncClient, who: Person) -> None:
        answer = await at.post("/api/v1/sessions", json={"code": self.sign_ins.new_code(who)})
        assert answer.status_code == 201, answer.text

    async def person(self, department: str, *roles: Role) -> httpx2.AsyncClient:
        """Somebody else, signed in; the caller closes it."""
        at = client(self.app)
        await self.sign_in(at, person(department, *roles))
        return at

    async def code(self, number: str = "T1301") -> str:
        answer = await self.desk.post(f"/api/v1/devices/{number}/enrolment-code")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["code"])

    async def post_code(self, code: str, owner: Device, at: str = "", **more: Any) -> httpx2.Response:
        """`at`: the address that it comes from."""
        body = {"code": code, "public_key": owner.public, **more}
        if not at:
            return await self.field.post("/api/v1/terminals/enrol", json=body)
        async with client(self.app, at) as elsewhere:
            return await elsewhere.post("/api/v1/terminals/enrol", json=body)

    async def enrol(self, number: str = "T1301", device: Device | None = None) -> Device:
        device = device or Device()
        answer = await self.post_code(await self.code(number), device)
        assert answer.status_code == 201, answer.text
        device.number, device.key_id = answer.json()["number"], answer.json()["key_id"]
        return device

    async def post_assertion(self, assertion: str, grant: str = GRANT) -> httpx2.Response:
        return await self.field.post("/api/v1/terminals/token", data={"grant_type": grant, "assertion": assertion})

    async def token(self, device: Device) -> str:
        answer = await self.post_assertion(device.assertion(self.utc_us))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def ask(self, method: str, path: str, token: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.field.request(method, f"/api/v1/terminal{path}", headers=headers, **more)

    async def heartbeat(self, token: str, **figures: Any) -> httpx2.Response:
        return await self.ask("POST", "/heartbeat", token, json=figures)

    async def media_token(self, token: str, fingerprint: str = FINGERPRINT) -> httpx2.Response:
        return await self.ask("POST", "/media-tokens", token, json={"fingerprint": fingerprint})

    async def whip(self, source: str, bearer: str, offer: str = OFFER, **headers: str) -> httpx2.Response:
        return await self.field.post(
            f"/whip/{source}", content=offer, headers={**SDP, "Authorization": f"Bearer {bearer}", **headers}
        )

    async def go_live(self, device: Device, token: str) -> httpx2.Response:
        media = (await self.media_token(token)).json()["token"]
        answer = await self.whip(device.number, media)
        assert answer.status_code == 201, answer.text
        self.room.live.publisher_connected(answer.headers["location"].rpartition("/")[2])
        return answer

    async def revoke(self, number: str = "T1301") -> httpx2.Response:
        return await self.desk.post(f"/api/v1/devices/{number}/revoke", json={"reason": "stolen"})

    async def entry(self, number: str = "T1301") -> dict[str, Any]:
        answer = await self.desk.get(f"/api/v1/devices/{number}")
        found: dict[str, Any] = answer.json()
        return found


def client(app: FastAPI, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app, client=(address, 123)), base_url=URL)
