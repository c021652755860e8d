"""The whole server with enrolled terminals in two townships, and what their teams send."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from dispatch_server.archive.coverage.index_spans import SegmentSpans
from dispatch_server.archive.coverage.model import Span
from dispatch_server.archive.coverage.store import CoverageStore
from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.model import Role
from dispatch_server.wiring.enforcement import EnforcementRoom
from tests.integration.devices.rig import GRANT, Device
from tests.integration.matrix.server import COUNTY, HOME, Whole, whole_server
from tests.ledgers import FakeLedger

PERSON = {"kind": "person", "name": "张三丰", "identifier": "130102199001011234"}
WELL = {"battery_percent": 80.0, "charging": False, "storage_free_bytes": 1 << 36, "clock_offset_us": 1000}
OFFICERS = {
    "13": ["样例-13-001", "样例-13-002"],
    "14": ["样例-14-001", "样例-14-002"],
    "15": ["样例-15-001", "样例-15-002"],
}
Answer = httpx2.Response


@dataclass
class Field:
    whole: Whole
    ledger: FakeLedger
    tokens: dict[str, str] = field(default_factory=dict)
    keys: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def room(self) -> EnforcementRoom:
        found = self.whole.wiring.state["enforcement"]
        assert isinstance(found, EnforcementRoom)
        return found

    @property
    def now(self) -> int:
        return self.whole.wiring.world.utc_us()

    def key(self) -> str:
        return f"key-{next(self.keys):08d}"

    async def enrol(self, number: str) -> None:
        desk = self.whole.people[Role.OPERATOR, COUNTY]
        code = (await self.whole.ask("POST", f"/api/v1/devices/{number}/enrolment-code", desk, {})).json()["code"]
        device = Device()
        body = {"code": code, "public_key": device.public}
        answer = (await self.whole.client.post("/api/v1/terminals/enrol", json=body)).json()
        device.number = answer["number"]
        signed = device.assertion(self.now, aud=answer["audience"])
        form = {"grant_type": GRANT, "assertion": signed}
        granted = await self.whole.client.post("/api/v1/terminals/token", data=form)
        self.tokens[number] = granted.json()["access_token"]
        assert answer["footage_key"] == (await self.terminal(number, "GET", "/footage-key")).json()

    async def terminal(self, number: str, method: str, path: str, body: object = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.tokens[number]}"}
        return await self.whole.client.request(method, f"/api/v1/terminal{path}", json=body, headers=headers)

    async def desk(
        self, method: str, path: str, body: object = None, role: Role = Role.OPERATOR, place: str = COUNTY
    ) -> Answer:
        return await self.whole.ask(method, f"/api/v1{path}", self.whole.people[role, place], body, anew=False)

    def opening(self, home: str = HOME, /, **changes: Any) -> dict[str, Any]:
        words = {
            "key": self.key(),
            "kind": "penalty",
            "item": "CF-03-001",
            "officers": OFFICERS[home],
            "party": PERSON,
            "place": "某街1号",
            "position": {"lat": 38.0, "lon": 114.5},
        }
        return words | changes

    async def opened(self, number: str = "T1301", **changes: Any) -> str:
        answer = await self.terminal(number, "POST", "/enforcements", self.opening(f"{number[1:3]}", **changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["enforcement_id"])

    async def send(self, number: str, identity: str, command: str, **words: Any) -> Answer:
        """A command of a terminal about an enforcement."""
        body = {"key": self.key()} | words
        return await self.terminal(number, "POST", f"/enforcements/{identity}/{command}", body)

    async def under_way(self, number: str = "T1301", **changes: Any) -> str:
        identity = await self.opened(number, **changes)
        answer = await self.send(number, identity, "begin", check=WELL)
        assert answer.status_code == 200, answer.text
        return identity

    async def detail(self, identity: str, **who: Any) -> dict[str, Any]:
        answer = await self.desk("GET", f"/enforcements/{identity}", **who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def recorded(self, source: str, from_utc_us: int, to_utc_us: int) -> None:
        """A recording of what that source saw."""
        card = Card(self.whole.new_id(), "stream", source, f"{source[1:3]}", from_utc_us)
        recording = Recording(card)
        recording.close(to_utc_us, "ended")
        recording.ended_utc_us = to_utc_us
        segment = Segment(card.id, 1, 0, from_utc_us, 0, "avc1", "", "main", to_utc_us - from_utc_us, 1, 1)
        await RecordingStore(self.whole.wiring.database).save([recording], [segment])
        spans = SegmentSpans(card.id, 1, 1, (Span(from_utc_us, to_utc_us),), ())
        await CoverageStore(self.whole.wiring.database).save_spans([spans])


@asynccontextmanager
async def opened_field(folder: Path, url: str = "") -> AsyncIterator[Field]:
    ledger = FakeLedger()
    async with whole_server(folder, url, ledger) as whole:
        one = Field(whole, ledger)
        for number in ("T1301", "T1302", "T1401"):
            await one.enrol(number)
        yield one
