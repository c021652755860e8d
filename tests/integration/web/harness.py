"""A real server on loopback over the real rings, with a few routes of the test; and sockets that misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from dispatch_server.app import create_app
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.runtime.jobs import Jobs
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.objects import LocalFolder
from dispatch_server.runtime.scope import Fatal
from dispatch_server.runtime.threads import Threads
from dispatch_server.runtime.world import World
from dispatch_server.settings import LimitSettings, ServerSettings, Settings, SignalSettings
from dispatch_server.web.bodies import slow_body
from dispatch_server.web.server import Front
from dispatch_server.wiring import Wiring
from tests.ledgers import recorder_over
from tests.waiting import until_async

BIG_BYTES = 12_000_000


class Lamp(BaseModel):
    name: str = Field(max_length=40)
    watts: float = Field(default=5, allow_inf_nan=False)


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/ping")
    async def ping() -> dict[str, str]:
        return {"ping": "pong"}

    @router.post("/lamps", status_code=201)
    async def lamps(lamp: Lamp) -> Lamp:
        return lamp

    @router.post("/unread", status_code=201)
    async def unread() -> None:
        """Answers without looking at the body."""

    @router.put("/upload", status_code=204, dependencies=[slow_body()], max_body_size=BIG_BYTES)
    async def upload(request: Request) -> None:
        async for _ in request.stream():
            pass

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"part"

        return StreamingResponse(parts())

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret=canary in /usr/lib/python")

    @router.websocket("/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    @router.websocket("/fountain")
    async def fountain(socket: WebSocket) -> None:
        """Sends more than anybody reads."""
        await socket.accept()
        while True:
            await socket.send_text("x" * 60_000)

    return router


def bare_wiring(settings: Settings) -> Wiring:
    """No rooms: the rings, the routes of the test and the console's files."""
    world, counters = World(), Counters()
    threads = Threads(settings.threads, counters)
    return Wiring(
        settings=settings,
        world=world,
        counters=counters,
        fatal=Fatal(),
        bus=LocalBus(settings.bus, counters),
        keys=KeyRing(Path(settings.data_folder), world),
        threads=threads,
        database=Database(settings.database.model_copy(update={"url": Secret("sqlite+aiosqlite://")}), counters),
        objects=LocalFolder(settings.objects, threads, world),
        jobs=Jobs(world, counters),
        recorder=recorder_over(world),
        routers=[routes()],
    )


def built_console(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>控制台</title>")
    (folder / "assets" / "big-0123.js").write_bytes(b"x" * BIG_BYTES)
    return folder


@dataclass
class Server:
    front: Front
    counters: Counters
    app: FastAPI

    @property
    def port(self) -> int:
        return self.front.port

    def dropped(self, reason: str) -> int:
        return self.counters.dropped_so_far("http", reason)

    async def connect(self, sent: bytes = b"", read_buffer: int = 65_536) -> "Connection":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=read_buffer)
        connection = Connection(reader, writer)
        connection.send(sent)
        return connection

    async def ask(self, raw: bytes, within_s: float = 10) -> "Answer":
        """Send and read until the connection ends or one answer is whole."""
        connection = await self.connect(raw)
        try:
            async with asyncio.timeout(within_s):
                return await connection.answer()
        finally:
            connection.end()


@dataclass
class Answer:
    status: int  # 0: the connection ended without one
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> Answer:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answer(0, {}, b"")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(int(lines[0].split()[1]), headers, body)

    async def ended(self, within_s: float) -> bool:
        """Whether the server ends the connection in time; what it sends first is read."""
        try:
            async with asyncio.timeout(within_s):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        finally:
            self.end()
        return True

    def end(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def running(
    tmp_path: Path,
    *,
    enforce: bool = True,
    limits: dict[str, Any] | None = None,
    signals: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
) -> AsyncIterator[Server]:
    console = tmp_path / "console"
    if not console.exists():
        built_console(console)
    settings = Settings(
        data_folder=str(tmp_path / "var"),
        server=ServerSettings(**{"port": 0, "console_folder": str(console), "stop_s": 1, **(server or {})}),
        limits=LimitSettings(**(limits or {})),
        signals=SignalSettings(**(signals or {})),
    )
    wiring = bare_wiring(settings)
    app = create_app(wiring)
    front = Front(app, settings.server, settings.limits, settings.signals, wiring.counters, enforce=enforce)
    serving = asyncio.create_task(front.serve())
    await until_async(lambda: front.started or serving.done())
    try:
        yield Server(front, wiring.counters, app)
    finally:
        front.should_exit = True
        for connection in list(front.server_state.connections):
            connection.transport.abort()
        await serving
