"""Asks the two sockets, and every message that they take, as everybody; through the application's own routes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Person
from dispatch_server.identity.registry import MESSAGE, ROUTES, SOCKET, Entry
from dispatch_server.live.model import State, Stream
from dispatch_server.protocol.signals import BEARER_PREFIX, SUBPROTOCOL
from tests.integration.matrix.server import HOME, PLACES, SIBLING, Whole

CONSOLE, TERMINAL = "/ws/console", "/ws/terminal"
TOKEN, NUMBER = "access-token", "T1301"
WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a client says, and what comes back when it may: an error's code, a message's type, or nothing of either."""

    body: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    answer: str = ""


# A new message is refused by the matrix until it stands here.
SPOKEN: dict[str, Said] = {
    f"{SOCKET} {CONSOLE}": Said(),
    f"{SOCKET} {TERMINAL}": Said(),
    f"{MESSAGE} {CONSOLE} ack": Said({"seq": 9_999}, error="never_sent"),
    f"{MESSAGE} {CONSOLE} hello": Said(error="already_greeted"),
    f"{MESSAGE} {CONSOLE} ping": Said(answer="pong"),
    f"{MESSAGE} {CONSOLE} subscribe": Said({"topics": []}),
    f"{MESSAGE} {CONSOLE} subscribe streams": Said({"topics": ["streams"]}, answer="stream_list"),
    f"{MESSAGE} {CONSOLE} subscribe terminals": Said({"topics": ["terminals"]}, answer="terminal_list"),
    f"{MESSAGE} {TERMINAL} ack": Said({"seq": 9_999}, error="never_sent"),
    f"{MESSAGE} {TERMINAL} authenticate": Said({"token": TOKEN}, answer="done"),
    f"{MESSAGE} {TERMINAL} heartbeat": Said({"battery_percent": 50}, answer="heartbeat_answer"),
    f"{MESSAGE} {TERMINAL} hello": Said(error="already_greeted"),
    f"{MESSAGE} {TERMINAL} ping": Said(answer="pong"),
    f"{MESSAGE} {TERMINAL} subscribe": Said({"topics": ["streams", "terminals"]}),
}


class OneTerminal:
    """In place of the register's tokens: one is good."""

    async def terminal_of(self, token: str) -> TerminalCaller | None:
        return TerminalCaller(NUMBER, NUMBER, HOME, "key-1") if token == TOKEN else None


@dataclass
class Socket:
    """`status`: 101, or that of the refusal."""

    status: int
    inbox: "asyncio.Queue[dict[str, Any]]"
    outbox: "asyncio.Queue[dict[str, Any]]"

    async def say(self, kind: str, body: dict[str, Any], message_id: str | None = None) -> None:
        message = {"type": kind, "body": body} | ({"id": message_id} if message_id is not None else {})
        await self.inbox.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN_S):
            event = await self.outbox.get()
        assert event["type"] == "websocket.send", event
        heard: dict[str, Any] = json.loads(event["text"])
        return heard

    async def heard_until_quiet(self) -> list[dict[str, Any]]:
        """Everything up to the answer to a ping that is sent after it: answers keep their order."""
        await self.say("ping", {})
        heard = []
        while True:
            heard.append(await self.hear())
            if heard[-1]["type"] == "pong":
                break
        while not self.outbox.empty():
            heard.append(await self.hear())
        return heard


@asynccontextmanager
async def opened(whole: Whole, path: str, secret: str = "", token: str = "") -> AsyncIterator[Socket]:
    subprotocols = [SUBPROTOCOL, BEARER_PREFIX + token] if token else []
    headers = [(b"host", b"127.0.0.1:8080"), *([(b"cookie", f"{COOKIE}={secret}".encode())] if secret else [])]
    scope = {"type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": path}
    scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers, "state": {}}
    scope |= {"client": ("127.0.0.1", 9), "server": ("127.0.0.1", 8080), "subprotocols": subprotocols}
    scope |= {"extensions": {"websocket.http.response": {}}}
    socket = Socket(0, asyncio.Queue(), asyncio.Queue())
    await socket.inbox.put({"type": "websocket.connect"})
    serving = asyncio.create_task(whole.app(scope, socket.inbox.get, socket.outbox.put))
    try:
        async with asyncio.timeout(WITHIN_S):
            first = await socket.outbox.get()
        socket.status = 101 if first["type"] == "websocket.accept" else int(first.get("status", 403))
        if socket.status == 101:
            await socket.say("hello", {})
            assert (await socket.hear())["type"] == "welcome"
        yield socket
    finally:
        await socket.inbox.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([serving], timeout=WITHIN_S)
        serving.cancel()


@dataclass
class SocketFindings:
    wrong: list[str] = field(default_factory=list)
    cases: int = 0

    def expect(self, is_right: bool, what: str, found: object) -> None:
        self.cases += 1
        if not is_right:
            self.wrong.append(f"{what}: {str(found)[:200]}")


async def check_sockets(whole: Whole) -> SocketFindings:
    whole.app.state.terminals = OneTerminal()
    on_air = go_live(whole)
    findings = SocketFindings()
    for entry in ROUTES:
        if entry.method == SOCKET:
            await _check_socket(whole, entry, findings)
        elif entry.method == MESSAGE:
            await _check_message(whole, entry, on_air, findings)
    return findings


def go_live(whole: Whole) -> str:
    """A stream of the terminal at home, as the wall shows it."""
    now = whole.wiring.world.utc_us()
    stream = Stream(whole.new_id(), NUMBER, HOME, now, state=State.LIVE, started_utc_us=now, changed=False)
    whole.wall.streams.note(stream)
    return stream.id


async def _check_socket(whole: Whole, entry: Entry, findings: SocketFindings) -> None:
    is_console = entry.path == CONSOLE
    async with opened(whole, entry.path) as socket:
        findings.expect(socket.status == 401, f"{entry} anonymous", socket.status)
    async with opened(whole, entry.path, token=TOKEN) as socket:
        findings.expect((socket.status == 101) is not is_console, f"{entry} as a terminal", socket.status)
    async with opened(whole, entry.path, token="another") as socket:
        findings.expect(socket.status == 401, f"{entry} with a wrong token", socket.status)
    for (role, place), person in whole.people.items():
        may = is_console and role in ACTIONS[entry.action].roles
        async with opened(whole, entry.path, await _secret(whole, person)) as socket:
            right = socket.status == 101 if may else socket.status in (401, 403)
            findings.expect(right, f"{entry} as {role} of {place}", socket.status)


async def _check_message(whole: Whole, entry: Entry, on_air: str, findings: SocketFindings) -> None:
    path, kind = entry.path.split()[:2]
    said = SPOKEN[str(entry)]
    if path == TERMINAL:
        async with opened(whole, path, token=TOKEN) as socket:
            findings.expect(*_told(said, True, f"{entry} as a terminal", await _answers(socket, kind, said)))
        if kind in ("authenticate", "heartbeat"):  # words of terminals alone: no console may say them
            said = Said(said.body, error="unknown_type")
            await _as_everybody(whole, entry, kind, lambda role: True, said, on_air, findings)
        return
    await _as_everybody(whole, entry, kind, lambda role: role in ACTIONS[entry.action].roles, said, on_air, findings)


async def _as_everybody(
    whole: Whole,
    entry: Entry,
    kind: str,
    may: Callable[[Any], bool],
    said: Said,
    on_air: str,
    findings: SocketFindings,
) -> None:
    for (role, place), person in whole.people.items():
        what = f"{entry} as {role} of {place or 'the county'}"
        async with opened(whole, CONSOLE, await _secret(whole, person)) as socket:
            heard = await _answers(socket, kind, said)
        findings.expect(*_told(said, may(role), what, heard))
        texts = json.dumps([one for one in heard if one["type"] == said.answer])
        if said.answer in ("stream_list", "terminal_list") and may(role):
            needle = on_air if said.answer == "stream_list" else NUMBER
            findings.expect((needle in texts) == (place != SIBLING), f"{what}, scope", texts)


async def _answers(socket: Socket, kind: str, said: Said) -> list[dict[str, Any]]:
    await socket.say(kind, said.body, "m-1")
    heard = await socket.heard_until_quiet()
    waited = said.answer or said.error
    while waited in ("done", "heartbeat_answer") and waited not in {one["type"] for one in heard}:
        heard.append(await socket.hear())  # executed beside the connection
    return heard


def _told(said: Said, may: bool, what: str, heard: list[dict[str, Any]]) -> tuple[bool, str, object]:
    """What is right: the answer for who may, silence or a refusal (and nothing of the answer) for who may not."""
    errors = [one["body"]["code"] for one in heard if one["type"] == "error"]
    kinds = [one["type"] for one in heard if one["type"] not in ("error", "pong")]
    if not may:
        return said.answer not in kinds and set(errors) <= {"not_permitted"}, what, heard
    wanted = [said.error] if said.error else []
    right = errors == wanted and (not said.answer or said.answer == "pong" or said.answer in kinds)
    if not said.answer:
        right = right and kinds == []
    return right, what, heard


async def _secret(whole: Whole, person: Person) -> str:
    if person.id not in whole.secrets:
        whole.secrets[person.id], _ = await whole.sign_ins.open(person, (), whole.wiring.world.utc_us())
    return whole.secrets[person.id]


def cases_wanted() -> int:
    """Each socket as nobody, a terminal, a wrong token and each person; each message as all who may be in."""
    people = len(ACTIONS["signals.console"].roles) * len(PLACES)
    wanted = 0
    for entry in ROUTES:
        if entry.method == SOCKET:
            wanted += 3 + people
        elif entry.method == MESSAGE and entry.path.startswith(TERMINAL):
            wanted += 1 + people * entry.path.endswith((" authenticate", " heartbeat"))
        elif entry.method == MESSAGE:
            roles = len(ACTIONS[entry.action].roles) if SPOKEN[str(entry)].answer.endswith("_list") else 0
            wanted += people + roles * len(PLACES)
    return wanted
