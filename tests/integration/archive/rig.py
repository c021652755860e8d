"""The whole archive room over a real database, real files and real threads, with frames and time made by the test."""

import random
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from fastapi import FastAPI

from dispatch_server.archive.assembly import ArchiveRoom, Outside, assemble
from dispatch_server.archive.coverage.assembly import CoverageRoom
from dispatch_server.archive.coverage.assembly import Outside as AroundCoverage
from dispatch_server.archive.coverage.assembly import assemble as assemble_coverage
from dispatch_server.archive.limits import ArchiveLimits, SpaceLimits
from dispatch_server.identity.guard import set_sign_ins
from dispatch_server.identity.model import Person, Role, Session, SessionTimes
from dispatch_server.kit.events import Event
from dispatch_server.kit.redact import Secret
from dispatch_server.media.abilities import Layer
from dispatch_server.media.sink import Frame, FrameSink
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import DatabaseSettings, ThreadSettings
from dispatch_server.web import problems
from dispatch_server.wiring.coverage import NoGuidance
from tests.integration.archive.clips import START_US
from tests.integration.archive.enforcements import Enforcements
from tests.ledgers import FakeLedger, recorder_over
from tests.waiting import until_async

SOURCE, DEPARTMENT = "T0101", "county/market"


@dataclass
class Hub:
    """Stands for the engine: whoever is attached gets what the test gives."""

    sinks: dict[str, list[tuple[FrameSink, frozenset[Layer]]]] = field(default_factory=dict)

    def attach_frames(self, stream_id: str, sink: FrameSink, layers: frozenset[Layer]) -> Callable[[], None]:
        entry = (sink, layers)
        self.sinks.setdefault(stream_id, []).append(entry)
        return lambda: self.sinks[stream_id].remove(entry)

    def give(self, stream_id: str, frames: Iterable[Frame]) -> None:
        for frame in frames:
            for sink, layers in self.sinks.get(stream_id, []):
                if frame.layer in layers:
                    sink.take_frame(frame)


@dataclass
class World:
    """Time moves when the test says so."""

    now: float = 100.0
    utc: int = START_US
    chance: Callable[[int], bytes] = field(default_factory=lambda: random.Random(7).randbytes)

    def monotonic(self) -> float:
        return self.now

    def utc_us(self) -> int:
        return self.utc

    def pass_s(self, seconds: float) -> None:
        self.now += seconds
        self.utc += int(seconds * 1_000_000)


class Names:
    def terminal_name(self, source: str) -> str:
        return f"终端 {source}"

    def department_names(self, code: str) -> tuple[str, str]:
        return "市场监管局", "Market bureau"


@dataclass
class SignIns:
    people: dict[str, Person] = field(default_factory=dict)
    times: SessionTimes = field(default_factory=SessionTimes)

    async def session_of(self, secret: str) -> Session | None:
        person = self.people.get(secret)
        return None if person is None else Session(secret, b"", person, 0, 0)


class Rig:
    """`async with Rig(folder) as rig`."""

    def __init__(
        self,
        folder: Path,
        limits: ArchiveLimits | None = None,
        roots: int = 1,
        layers: tuple[Layer, ...] = (Layer.MAIN,),
    ) -> None:
        self.folder, self.limits, self.layers = (
            folder,
            limits or ArchiveLimits(space=SpaceLimits(ballast_bytes=0)),
            layers,
        )
        self.roots = [folder / f"archive{number}" for number in range(roots)]
        self.hub, self.world = Hub(), World()
        self.events: list[Event] = []
        self.reports: list[tuple[str, BaseException]] = []
        self.ledger = FakeLedger()
        self.enforcements = Enforcements()
        self.sign_ins = SignIns(
            {
                "operator": Person("p1", "Operator", frozenset({Role.OPERATOR})),
                "market": Person("p2", "Market", frozenset({Role.OPERATOR}), "county/market"),
                "mark": Person("p3", "Mark", frozenset({Role.OPERATOR}), "county/mark"),
                "officer": Person("p4", "Officer", frozenset({Role.OFFICER})),
            }
        )

    async def __aenter__(self) -> "Rig":
        self.stack = AsyncExitStack()
        counters = Counters()
        url = Secret(f"sqlite+aiosqlite:///{self.folder / 'rows.sqlite3'}")
        database = await self.stack.enter_async_context(Database(DatabaseSettings(url=url), counters).opened())
        threads = await self.stack.enter_async_context(Threads(ThreadSettings(), counters).opened())
        outside = Outside(
            self.hub, self, self.world, Names(), database, threads,
            recorder_over(self.world, self.ledger), lambda where, error: self.reports.append((where, error)),
        )  # fmt: skip
        self.room: ArchiveRoom = assemble(outside, self.roots, self.layers, self.limits)
        self.coverage: CoverageRoom = assemble_coverage(
            AroundCoverage(
                self.room, self.enforcements, NoGuidance(), self, database, threads,
                recorder_over(self.world, self.ledger), outside.report,
            )
        )  # fmt: skip
        await self.room.open()
        self.app = FastAPI()
        problems.install(self.app)
        for router in (*self.room.routers(), *self.coverage.routers()):
            self.app.include_router(router)
        set_sign_ins(self.app.state, self.sign_ins)
        self.app.state.recorder = recorder_over(self.world, self.ledger)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.room.upkeep.stop()
        await self.room.pictures.desk.close()
        await self.coverage.thumbs.desk.close()
        await self.stack.aclose()

    def publish(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def client(self, person: str = "operator") -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url="http://dispatch.test", cookies={"session": person}
        )

    async def view(self, client: httpx2.AsyncClient, *recording_ids: str, purpose: str = "办案") -> str:
        """Whoever the client is says for which purpose; the viewing's id."""
        wish = {"recording_ids": recording_ids, "kind": "case", "purpose": purpose}
        answer = await client.post("/api/v1/viewings", json=wish)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["viewing_id"])

    async def start(self, stream_id: str = "stream-1", department: str = DEPARTMENT) -> str:
        """The id of the recording that begins."""
        self.room.stream_started(stream_id, SOURCE, department, self.world.utc_us())
        return self.room.archive.of_stream[stream_id].id

    async def written(self, fragments: int) -> None:
        """Until so many fragments in all were announced to the loop."""
        counters = self.room.archive.counters
        await until_async(lambda: counters.fragments_kept >= fragments, what=f"{fragments} fragments kept")

    async def end(self, stream_id: str = "stream-1", reason: str = "ended by its owner") -> None:
        self.room.stream_ended(stream_id, self.world.utc_us(), reason)
        await until_async(lambda: not self.room.archive.by_id, what="the recording to be closed")
        await self.room.upkeep.save()
