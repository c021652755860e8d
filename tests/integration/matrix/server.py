"""The whole server with its rooms open, and people of every role in three places."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from dispatch_server.app import create_app
from dispatch_server.archive.pictures import Pictures
from dispatch_server.identity.accounts import Account
from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.service import SignInService
from dispatch_server.kit.redact import Secret
from dispatch_server.live.wall import Wall
from dispatch_server.settings import DatabaseSettings, MediaSettings, ServerSettings, Settings
from dispatch_server.settings.loading import with_folders
from dispatch_server.settings.server import IdentitySettings
from dispatch_server.wiring import Wiring, wire
from dispatch_server.wiring.first_start import begin
from tests.ledgers import FakeLedger

HOME, SIBLING, COUNTY = "13", "14", ""
PLACES = (HOME, SIBLING, COUNTY)
URL = "http://127.0.0.1:8080"
NOBODY = frozenset[str]()  # it belongs to one person, who is none of those that ask


@dataclass(frozen=True, slots=True)
class Example:
    """A thing of the department at home, unless `reached_by` says for which places it is there."""

    value: str
    absent: str = ""  # another value of that form, of nothing; empty: a new id
    reached_by: frozenset[str] = frozenset({HOME, COUNTY})


@dataclass
class Whole:
    app: FastAPI
    wiring: Wiring
    client: httpx2.AsyncClient
    people: dict[tuple[Role, str], Person] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)  # person → the newest sign-in's
    made: int = 0
    parts: dict[str, Any] = field(default_factory=dict)  # of the newest case that has any

    @property
    def sign_ins(self) -> SignInService:
        found = self.wiring.state["sign_ins"]
        assert isinstance(found, SignInService)
        return found

    @property
    def wall(self) -> Wall:
        """As the sockets' topics find it."""
        assert self.wiring.signals is not None
        produce: Any = self.wiring.signals.handlers.topics["streams"].produce
        found = produce.__self__
        assert isinstance(found, Wall)
        return found

    @property
    def pictures(self) -> Pictures:
        found = self.wall.pictures
        assert isinstance(found, Pictures)
        return found

    def new_id(self) -> str:
        return self.wiring.world.new_id()

    async def person(self, roles: frozenset[Role], department: str) -> Person:
        """Somebody in the database; nobody knows the password."""
        self.made += 1
        utc_us = self.wiring.world.utc_us()
        person = Person(self.new_id(), f"人{self.made}", roles, department)
        account = Account(person, f"account-{self.made}", "none", utc_us, False, utc_us, utc_us)
        store = PeopleStore(self.wiring.database)
        async with store.writing() as connection:
            await store.add(connection, account)
        return person

    async def ask(
        self, method: str, path: str, person: Person | None, body: object = None, anew: bool = True
    ) -> httpx2.Response:
        """With a new sign-in, whose second factor was shown just now: some routes end the one that asks."""
        headers = {"If-Match": '"1"'}
        if person is not None:
            if anew or person.id not in self.secrets:
                self.secrets[person.id], _ = await self.sign_ins.open(person, (), self.wiring.world.utc_us())
            headers["Cookie"] = f"{COOKIE}={self.secrets[person.id]}"
        return await self.client.request(method, path, json=body, headers=headers)


@asynccontextmanager
async def whole_server(
    folder: Path, url: str = "", ledger: FakeLedger | None = None, wait_s: float = 5.0
) -> AsyncIterator[Whole]:
    """`url`: of another database than a new SQLite; `ledger`: in place of the audit room's."""
    database = Secret(url or f"sqlite+aiosqlite:///{folder / 'test.sqlite3'}")
    settings = with_folders(
        Settings(
            data_folder=str(folder),
            identity=IdentitySettings(argon2_passes=1, argon2_memory_kib=8, argon2_lanes=1),
            database=DatabaseSettings(url=database, wait_s=wait_s),
            media=MediaSettings(host="127.0.0.1", udp_port=0, tcp_port=0),
            server=ServerSettings(port=8080),
        )
    )
    await begin(settings, organisation=True, over_something=False)
    wiring = wire(settings)
    if ledger is not None:
        object.__setattr__(wiring.recorder, "ledger", ledger)  # every room holds this recorder already
    app = create_app(wiring, opens_rooms=False)
    async with wiring.opened(), httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as client:
        whole = Whole(app, wiring, client)
        for role in Role:
            for place in PLACES:
                whole.people[role, place] = await whole.person(frozenset({role}), place)
        yield whole
