"""The whole server with its rooms open and its own ledger; township A has one of everything, B asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from dispatch_server.app import create_app
from dispatch_server.archive.folders import THUMBNAIL, folder_of, media_name
from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.pictures import Still
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.accounts import DAY_US, Account, Asked, Granted, Recovery
from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Permit, Person, Role
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.rights_store import RightsStore
from dispatch_server.identity.service import SignInService
from dispatch_server.live.service import LiveService
from dispatch_server.live.wall import Wall
from dispatch_server.reports.model import CaseName, OfficerName, Query, Row
from dispatch_server.reports.store import SearchStore
from dispatch_server.settings import MediaSettings, ServerSettings, Settings
from dispatch_server.settings.loading import with_folders
from dispatch_server.settings.server import IdentitySettings
from dispatch_server.settings.storage import ArchiveSettings
from dispatch_server.signals.hub import Hub
from dispatch_server.web.server import Front
from dispatch_server.wiring import Wiring, wire
from dispatch_server.wiring.first_start import begin
from tests.waiting import until_async

A, B = "13", "14"
SOURCE, OTHER = "T1301", "T1401"
OFFERS = Path("tests/data/offers")
SDP = {"Content-Type": "application/sdp"}


class Deaf:
    """No media comes in these tests: the engine's patience must not end the stream that is said to be live."""

    def __getattr__(self, _: str) -> Any:
        return lambda *words: None


@dataclass
class County:
    app: FastAPI
    wiring: Wiring
    client: httpx2.AsyncClient
    front: Front
    things: dict[str, str] = field(default_factory=dict)  # of township A: kind → id
    cases: dict[str, str] = field(default_factory=dict)  # department → one of its own
    secrets: dict[str, str] = field(default_factory=dict)  # department → a sign-in with every role

    @property
    def sign_ins(self) -> SignInService:
        found = self.wiring.state["sign_ins"]
        assert isinstance(found, SignInService)
        return found

    @property
    def live(self) -> LiveService:
        owners = [getattr(listener, "__self__", None) for listener in self.sign_ins.listeners]
        return next(one for one in owners if isinstance(one, LiveService))

    @property
    def wall(self) -> Wall:
        hub = self.wiring.signals
        assert isinstance(hub, Hub)
        produce: Any = hub.handlers.topics["streams"].produce
        wall = produce.__self__
        assert isinstance(wall, Wall)
        return wall

    async def person(self, department: str, name: str) -> Person:
        """Somebody who may do everything, there."""
        world = self.wiring.world
        person = Person(world.new_id(), name, frozenset(Role), department)
        store = PeopleStore(self.wiring.database)
        async with store.writing() as connection:
            now = world.utc_us()
            await store.add(connection, Account(person, f"account-{name}", "none", now, False, now, now))
        return person

    async def sign_in(self, person: Person) -> str:
        secret, _ = await self.sign_ins.open(person, (), self.wiring.world.utc_us())
        return secret

    async def ask(
        self, department: str, method: str, path: str, body: object = None, **headers: str
    ) -> httpx2.Response:
        cookie = {"Cookie": f"{COOKIE}={self.secrets[department]}"}
        if isinstance(body, str):
            return await self.client.request(method, path, content=body, headers={**cookie, **headers})
        return await self.client.request(method, path, json=body, headers={**cookie, **headers})

    async def go_live(self, department: str, source: str) -> str:
        """The stream's id. Offer and answer are real; that media flows is only said."""
        issued = await self.ask(department, "POST", "/api/v1/media-tokens", {"direction": "publish", "target": source})
        assert issued.status_code == 201, issued.text
        bearer = {"Authorization": f"Bearer {issued.json()['token']}"}
        offer = (OFFERS / "aiortc_publish.sdp").read_text("utf-8")
        answer = await self.client.post(f"/whip/{source}", content=offer, headers={**SDP, **bearer})
        assert answer.status_code == 201, answer.text
        stream = self.live.streams.of_source(source)
        assert stream is not None
        self.live.publisher_connected(stream.session_id)
        return stream.id


async def fill(county: County) -> None:
    """One of everything in township A; a live stream in B too, whose token B may hold."""
    world, database, things = county.wiring.world, county.wiring.database, county.things
    for department in (A, B, ""):
        county.secrets[department] = await county.sign_in(await county.person(department, f"desk{department}"))
    now = world.utc_us()
    about = await county.person(A, "secret-one")
    things["person"], things["account"] = about.id, "account-secret-one"
    things["stream"] = await county.go_live(A, SOURCE)
    await county.go_live(B, OTHER)
    county.wall.pictures.stills[things["stream"]] = Still(SOURCE, A, lambda: None, b"jpeg", now)  # type: ignore[union-attr]
    things["recording"] = await _recording(county)
    granted = Granted(Permit(world.new_id(), "stream.watch", A, now + DAY_US), about.id, "", A, "x", now)
    asked = Recovery(world.new_id(), about.id, "", "reason", "x", frozenset({"another"}), now, Asked.ASKED)
    async with database.transaction() as connection:
        await RightsStore(database).add_permit(connection, granted)
        await RightsStore(database).add_recovery(connection, asked)
    things["permit"], things["recovery"] = granted.permit.id, asked.id
    key = await county.ask("", "POST", "/api/v1/publish-keys", {"source": SOURCE, "label": "secret-key"})
    assert key.status_code == 201, key.text
    things["key"] = key.json()["entry"]["id"]
    officers = (await county.ask("", "GET", f"/api/v1/org/officers?department={A}")).json()["officers"]
    things["officer"], things["certificate"] = officers[0]["id"], officers[0]["certificate"]
    things["viewing"] = await _viewing(county)
    things["enforcement"] = await _enforcement(county)
    things["case_number"], things["searched_officer"], things["word"] = "罚〔2026〕7号", "执-13-007", "非法采砂"
    for department in (B, A):
        county.cases[department] = await _case(county, department)
    things["case"] = county.cases[A]
    await _searched(county)


async def _enforcement(county: County) -> str:
    who = {"officers": ["样例-13-001", "样例-13-002"], "party": {"kind": "person", "name": "张三丰"}}
    where = {"department": A, "terminals": [SOURCE], "place": "某街1号"}
    wish = {"key": "enforcement-1", "kind": "penalty", "item": "CF-03-001"} | who | where
    answer = await county.ask(A, "POST", "/api/v1/enforcements", wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["enforcement_id"])


async def _recording(county: County) -> str:
    now = county.wiring.world.utc_us()
    card = Card(county.wiring.world.new_id(), county.things["stream"], SOURCE, A, now)
    segment = Segment(card.id, 1, 0, now, 0, "avc1", "", "main", duration_us=1, bytes=1)
    recording = Recording(card)
    recording.thumbnail = True
    recording.close(now, "ended")
    await RecordingStore(county.wiring.database).save([recording], [segment])
    folder = Path(county.wiring.settings.archive.folder) / folder_of(card)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / media_name(1)).write_bytes(b"x")
    (folder / THUMBNAIL).write_bytes(b"jpeg")
    return card.id


async def _case(county: County, department: str) -> str:
    words: dict[str, Any] = {"number": county.things["case_number"], "year": 2026, "cause": "某案由"}
    words |= {"department": department, "party": {"kind": "person", "name": "甄某"}, "officers": []}
    words |= {"filed_on": "2026-09-01", "retention": {"kept_for": "years", "years": 10}}
    if department != A:
        words["number"] = "罚〔2026〕8号"
    made = await county.ask(department, "POST", "/api/v1/cases", words)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def _searched(county: County) -> None:
    """What the search knows of the recording of A."""
    things, now = county.things, county.wiring.world.utc_us()
    row = Row(things["recording"], A, SOURCE, "server", "main", "closed", now, now, missing_us=1)
    row = replace(
        row,
        officers=(OfficerName(things["searched_officer"], "甲"),),
        cases=(CaseName(things["case"], things["case_number"], A),),
        spoken=(things["word"],),
    )
    await SearchStore(county.wiring.database).put([row])


async def add_searched(county: County, count: int) -> None:
    """So many more of A that say the same."""
    store = SearchStore(county.wiring.database)
    (first,) = (await store.search(Query(1, source=SOURCE))).rows
    begun = first.begun_utc_us
    for first_of in range(0, count, 500):
        more = [(f"more-{n}", begun - n * 1_000) for n in range(first_of, first_of + 500)]
        await store.put([replace(first, recording_id=one, begun_utc_us=at, ended_utc_us=at) for one, at in more])


async def add_recordings(county: County, count: int) -> None:
    """So many more of A, as months leave them."""
    world, recordings = county.wiring.world, []
    for number in range(count):
        now = world.utc_us()
        recordings.append(Recording(Card(world.new_id(), f"stream-{number}", SOURCE, A, now - number)))
        recordings[-1].close(now, "ended")
    await RecordingStore(county.wiring.database).save(recordings, [])


async def _viewing(county: County) -> str:
    """The id of a WHEP session of somebody of A."""
    issued = await county.ask(A, "POST", "/api/v1/media-tokens", {"direction": "watch", "target": SOURCE})
    offer = (OFFERS / "aiortc_watch.sdp").read_text("utf-8")
    bearer = {"Authorization": f"Bearer {issued.json()['token']}"}
    answer = await county.client.post(f"/whep/{SOURCE}", content=offer, headers={**SDP, **bearer})
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"].rpartition("/")[2])


@asynccontextmanager
async def whole_county(folder: Path) -> AsyncIterator[County]:
    settings = with_folders(
        Settings(
            data_folder=str(folder),
            identity=IdentitySettings(argon2_passes=1, argon2_memory_kib=8, argon2_lanes=1),
            media=MediaSettings(host="127.0.0.1", udp_port=0, tcp_port=0),
            server=ServerSettings(port=0, stop_s=1),
            archive=ArchiveSettings(disk_refuse_bytes=1_000_000, ballast_bytes=0),
        )
    )
    await begin(settings, organisation=True, over_something=False)
    wiring = wire(settings)
    app = create_app(wiring, opens_rooms=False)
    front = Front(app, settings.server, settings.limits, settings.signals, wiring.counters)
    transport = httpx2.ASGITransport(app)
    async with wiring.opened(), httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        serving = asyncio.create_task(front.serve())
        await until_async(lambda: front.started or serving.done())
        county = County(app, wiring, client, front)
        county.live.media.listener = Deaf()  # type: ignore[attr-defined]
        await fill(county)
        try:
            yield county
        finally:
            front.should_exit = True
            for connection in list(front.server_state.connections):
                connection.transport.abort()
            await serving
