"""A node with nothing but sign-ins and signals, over a real server; and clients that keep what they receive."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dispatch_server.app import create_app
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Person, Role, Session
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.redis import RedisBus
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.settings import LimitSettings, RedisSettings, ServerSettings, Settings, SignalSettings
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.routes import socket_routes
from dispatch_server.web.server import Front
from dispatch_server.wiring.signals import Rights, limits_of
from tests.integration.web.harness import bare_wiring, built_console
from tests.ledgers import recorder_over
from tests.unit.identity.fakes import FakeSessionStore
from tests.waiting import until_async

PROTOCOL = "dispatch.v1"


@dataclass
class FakeTokens:
    """Access tokens as devices will give them: those that are valid now."""

    valid: dict[str, TerminalCaller] = field(default_factory=dict)
    looked: list[str] = field(default_factory=list)

    async def terminal_of(self, token: str) -> TerminalCaller | None:
        self.looked.append(token)
        return self.valid.get(token)

    def issue(self, token: str, number: str = "T0101", key_id: str = "key-1") -> str:
        self.valid[token] = TerminalCaller(number, number, number[1:3], key_id)
        return token


@dataclass
class Node:
    front: Front
    hub: Hub
    sign_ins: SignInService
    tokens: FakeTokens
    counters: Counters
    bus: Any
    errors: list[str]

    @property
    def port(self) -> int:
        return self.front.port

    async def sign_in(self, name: str = "li", department: str = "", role: Role = Role.OPERATOR) -> tuple[str, Session]:
        """The cookie's secret, and the session."""
        return await self.sign_ins.begin(self.sign_ins.new_code(Person(name, name, frozenset({role}), department)))

    def opening(self, path: str, headers: dict[str, str] | None = None, protocols: list[str] | None = None) -> connect:
        return connect(
            f"ws://127.0.0.1:{self.port}{path}",
            additional_headers=headers or {},
            subprotocols=protocols,  # type: ignore[arg-type]
            proxy=None,
            ping_interval=None,
            max_size=1 << 22,
        )

    def console(self, secret: str, **headers: str) -> connect:
        return self.opening("/ws/console", {"Cookie": f"session={secret}", **headers})

    def terminal(self, token: str) -> connect:
        return self.opening("/ws/terminal", protocols=[PROTOCOL, f"bearer.{token}"])


@dataclass
class Client:
    """Everything that came, in order."""

    socket: ClientConnection
    messages: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0

    @classmethod
    async def greeting(cls, socket: ClientConnection, **hello: Any) -> "Client":
        client = cls(socket)
        await client.send("hello", **hello)
        await client.next()
        return client

    @property
    def welcome(self) -> dict[str, Any]:
        body: dict[str, Any] = self.messages[0]["body"]
        return body

    async def send(self, kind: str, message_id: str | None = None, **body: Any) -> None:
        await self.socket.send(
            json.dumps({"type": kind, "body": body} | ({"id": message_id} if message_id is not None else {}))
        )

    async def next(self, within_s: float = 5.0) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.messages.append(message)
        return message

    async def ended(self, within_s: float = 5.0) -> int:
        """The close code; what comes before is kept."""
        try:
            while True:
                await self.next(within_s)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@asynccontextmanager
async def node(
    folder: Path,
    *,
    redis_url: str = "",
    signals: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    check_s: float = 0.1,
) -> AsyncIterator[Node]:
    console = folder / "console"
    if not console.exists():
        built_console(console)
    settings = Settings(
        data_folder=str(folder / "var"),
        server=ServerSettings(port=0, console_folder=str(console), stop_s=1),
        limits=LimitSettings(**(limits or {})),
        signals=SignalSettings(**(signals or {})),
        redis=RedisSettings(url=Secret(redis_url), connect_s=0.5),
    )
    wiring = bare_wiring(settings)
    if redis_url:
        wiring.bus = redis_bus = RedisBus(settings.redis, settings.bus, Counters(), wiring.world)

        async def open_bus(scope: TaskScope) -> None:
            await scope.enter("bus", redis_bus.opened(scope))

        wiring.openings.append(open_bus)
    recorder = recorder_over(wiring.world)
    sign_ins = SignInService(wiring.world, FakeSessionStore(), CodeBox(wiring.world.chance), recorder=recorder)
    tokens, errors = FakeTokens(), list[str]()
    wiring.state.update(sign_ins=sign_ins, terminals=tokens)
    hub = Hub(
        wiring.bus,
        wiring.world,
        Rights(wiring.world, sign_ins, wiring.recorder, Refusals()),
        limits_of(settings),
        lambda where, error: errors.append(f"{where}: {error!r}"),
    )
    sign_ins.listeners.append(hub.disconnect)

    async def open_hub(scope: TaskScope) -> None:
        hub.start(scope)

    wiring.openings.append(open_hub)
    wiring.routers.append(socket_routes(hub, check_s))
    front = Front(create_app(wiring), settings.server, settings.limits, settings.signals, wiring.counters)
    serving = asyncio.create_task(front.serve())
    await until_async(lambda: front.started or serving.done())
    try:
        yield Node(front, hub, sign_ins, tokens, wiring.counters, wiring.bus, errors)
    finally:
        front.should_exit = True
        for connection in list(front.server_state.connections):
            connection.transport.abort()
        await serving
    assert errors == []
