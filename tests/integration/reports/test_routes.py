"""Who may search, who may search by names, and what a line of the answer says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx2
import pytest
from fastapi import FastAPI

from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.reports.model import CaseName, OfficerName, Row, Shown
from dispatch_server.reports.routes import search_routes
from dispatch_server.reports.service import SearchService
from dispatch_server.reports.store import SearchStore
from dispatch_server.web import problems
from tests.ledgers import FakeLedger
from tests.unit.identity.fakes import FakeSessionStore
from tests.worlds import BEGIN_UTC_US, TestWorld

API = "/api/v1/search/recordings"
ROW = Row(
    "recording-1", "13", "T1301", "terminal", "main", "sealed", BEGIN_UTC_US, BEGIN_UTC_US + 5, held=True,
    thumbnail=True, enforcement_id="e1", kind="penalty", item_code="CF-1", item_name="某事项", party="王小明",
    bytes=1_234_567, place="人民路", latitude=30.1, longitude=110.2, coverage_per_mille=990, missing_us=7,
    officers=(OfficerName("执-1", "甲"),), steps=("sign",), faults=("black",), spoken=("罚款",),
    cases=(CaseName("c1", "罚〔2026〕1号", "13"), CaseName("c2", "罚〔2026〕2号", "02")),
    earlier=(Shown("e0", kind="licensing", item_name="前一事项", party="李强"),),
)  # fmt: skip


class Names:
    def terminal_name(self, source: str) -> str:
        return f"终端 {source}"

    def department_names(self, code: str) -> tuple[str, str]:
        return f"部门 {code}", f"Department {code}"


@dataclass
class Desk:
    app: FastAPI
    sign_ins: SignInService
    ledger: FakeLedger

    @asynccontextmanager
    async def of(self, *roles: Role, department: str = "") -> AsyncIterator[httpx2.AsyncClient]:
        person = Person(f"p-{'-'.join(roles)}-{department}", "某人", frozenset(roles), department)
        transport = httpx2.ASGITransport(self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://dispatch.test") as client:
            answer = await client.post("/api/v1/sessions", json={"code": self.sign_ins.new_code(person)})
            assert answer.status_code == 201, answer.text
            yield client


@pytest.fixture
async def desk(store: SearchStore) -> Desk:
    world, ledger = TestWorld(), FakeLedger()
    recorder = Recorder(world, ledger)
    sign_ins = SignInService(world, FakeSessionStore(), CodeBox(world.chance), recorder=recorder)
    app = FastAPI()
    problems.install(app)
    app.include_router(session_routes(sign_ins))
    app.include_router(search_routes(SearchService(world, store, Names(), recorder)))
    set_sign_ins(app.state, sign_ins)
    app.state.recorder = recorder
    await store.put([ROW, replace(ROW, recording_id="recording-2", department="14", party="李强")])
    return Desk(app, sign_ins, ledger)


async def test_a_line_has_all_that_a_list_shows(desk: Desk) -> None:
    async with desk.of(Role.OPERATOR, department="13") as client:
        answer = await client.get(API, params={"text": "罚款"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["counted"], body["more_than_counted"], body["next_cursor"]) == (1, False, None)
    (line,) = body["recordings"]
    assert line == {
        "recording_id": "recording-1",
        "source": "T1301",
        "terminal_name": "终端 T1301",
        "department_code": "13",
        "department_name": "部门 13",
        "department_name_en": "Department 13",
        "origin": "terminal",
        "layer": "main",
        "state": "sealed",
        "held": True,
        "started_utc_us": BEGIN_UTC_US,
        "ended_utc_us": BEGIN_UTC_US + 5,
        "enforcements": [
            {
                "enforcement_id": "e0",
                "kind": "licensing",
                "item_code": "",
                "item_name": "前一事项",
                "party": {"kind": "person", "name": "李强"},
                "place": "",
                "position": None,
                "coverage_per_mille": None,
                "missing_us": 0,
            },
            {
                "enforcement_id": "e1",
                "kind": "penalty",
                "item_code": "CF-1",
                "item_name": "某事项",
                "party": {"kind": "person", "name": "王小明"},
                "place": "人民路",
                "position": {"lat": 30.1, "lon": 110.2},
                "coverage_per_mille": 990,
                "missing_us": 7,
            },
        ],
        "bytes": 1_234_567,
        "enforcement_id": "e1",
        "kind": "penalty",
        "item_code": "CF-1",
        "item_name": "某事项",
        "officers": [{"certificate": "执-1", "name": "甲"}],
        "steps": ["sign"],
        "party": {"kind": "person", "name": "王小明"},
        "place": "人民路",
        "position": {"lat": 30.1, "lon": 110.2},
        "cases": [{"id": "c1", "number": "罚〔2026〕1号"}],
        "coverage_per_mille": 990,
        "missing_us": 7,
        "faults": ["black"],
        "thumbnail_url": "/api/v1/recordings/recording-1/thumbnail.jpg",
        "playlist_url": "/api/v1/recordings/recording-1/playlist.m3u8",
    }


async def test_who_need_not_know_whom_it_is_about_neither_sees_nor_finds_it(desk: Desk) -> None:
    async with desk.of(Role.EXPERT) as client:
        lines = (await client.get(API)).json()["recordings"]
        assert {one["party"]["name"] for one in lines} == {"王＊＊", "李＊＊"}
        assert {one["party"]["name"] for line in lines for one in line["enforcements"]} == {"王＊＊", "李＊＊"}
        refused = await client.get(API, params={"party": "王小明"})
        assert refused.status_code == 403 and refused.json()["code"] == "not_permitted"
        assert (await client.get(API, params={"text": "王小明"})).json()["recordings"] == []
    async with desk.of(Role.REVIEWER) as client:
        lines = (await client.get(API, params={"party": "王小明"})).json()["recordings"]
        assert [one["recording_id"] for one in lines] == ["recording-1"]


async def test_a_search_by_name_is_on_record_without_the_name(desk: Desk) -> None:
    async with desk.of(Role.OPERATOR, department="13") as client:
        for more in ({}, {"limit": "7"}):  # the same search once more
            assert (await client.get(API, params={"party": "李强", **more})).status_code == 200
        desk.ledger.is_away = True
        assert (await client.get(API, params={"party": "王小明"})).status_code == 503
        assert (await client.get(API)).status_code == 200
    (act,) = desk.ledger.of("recording.party")
    assert act.department == "13" and "李强" not in repr(act)
    desk.ledger.is_away = False
    async with desk.of(Role.OPERATOR, department="13") as client:  # another sign-in is another search
        await client.get(API, params={"party": "李强"})
        await client.get(API, params={"party": "王小明"})
    assert len(desk.ledger.of("recording.party")) == 3


async def test_a_department_finds_its_own_and_only_cases_that_it_may_see(desk: Desk) -> None:
    async with desk.of(Role.OPERATOR, department="14") as client:
        assert [one["recording_id"] for one in (await client.get(API)).json()["recordings"]] == ["recording-2"]
        for words in ({"department": "13"}, {"case": "罚〔2026〕2号"}, {"case": "罚〔2026〕1号"}, {"party": "王小明"}):
            body = (await client.get(API, params=words)).json()
            assert (body["recordings"], body["counted"]) == ([], 0), words
    async with desk.of(Role.OPERATOR) as client:
        both = (await client.get(API, params={"case": "罚(2026)2号"})).json()["recordings"]
        assert len(both) == 2 and len(both[0]["cases"]) == 2
    async with desk.of(Role.OFFICER) as client:
        assert (await client.get(API)).status_code == 403


async def test_pages_by_cursor(desk: Desk) -> None:
    async with desk.of(Role.OPERATOR) as client:
        first = (await client.get(API, params={"limit": 1})).json()
        second = (await client.get(API, params={"limit": 1, "cursor": first["next_cursor"]})).json()
        assert first["counted"] == 2 and second["counted"] is None and second["next_cursor"] is None
        ids = {one["recording_id"] for page in (first, second) for one in page["recordings"]}
        assert ids == {"recording-1", "recording-2"}
        for cursor in ("x", "%%%", "MQ..", "LTE"):
            assert (await client.get(API, params={"cursor": cursor})).status_code == 400
        for words in ({"unknown": "1"}, {"limit": "0"}, {"min_lat": "inf"}):
            assert (await client.get(API, params=words)).status_code == 422
