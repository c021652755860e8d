"""Hand-written stand-ins for what the hub asks of others, and a client that is only what it received."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.identity.actions import ACTIONS, Recorded, may
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Person, Role, Session
from dispatch_server.kit.acts import LedgerAway
from dispatch_server.kit.scope import NOTHING, Scope
from dispatch_server.protocol import signals as words
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.fanout import LocalBus
from dispatch_server.settings import BusSettings
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.line import Line, Peer
from dispatch_server.signals.model import Farewell, Side
from tests.worlds import BEGIN_UTC_US, TestWorld

T0101 = TerminalCaller("T0101", "1号终端", "01", "key-1")


def session(person: str = "li", department: str = "", role: Role = Role.OPERATOR, number: int = 1) -> Session:
    return Session(
        id=f"session-{person}-{number}",
        digest=person.encode(),
        person=Person(person, person, frozenset({role}), department),
        begun_utc_us=BEGIN_UTC_US,
        seen_utc_us=BEGIN_UTC_US,
    )


class FakeRights:
    """Roles as registered; a session stands until it is in `over`."""

    def __init__(self) -> None:
        self.over: set[str] = set()
        self.refusals: list[tuple[str, str]] = []
        self.acts: list[str] = []
        self.is_away = False

    def scope(self, session: Session, action: str) -> Scope:
        return Scope.of(session.person.department) if may(session.person.roles, action) else NOTHING

    def stands(self, session: Session) -> bool:
        return session.id not in self.over

    async def refused(self, session: Session, action: str) -> None:
        self.refusals.append((session.id, action))

    @asynccontextmanager
    async def on_record(self, peer: Peer, action: str) -> AsyncIterator[None]:
        if ACTIONS[action].recorded in (Recorded.BEFORE, Recorded.CHANGES):
            if self.is_away:
                raise LedgerAway
            self.acts.append(action)
        yield


@dataclass
class Client:
    """A connection without a network: what it reads is read at once, unless it is told not to."""

    ended: Farewell | None = None
    renewed: list[str] = field(default_factory=list)
    refusal: str | None = None

    def wake(self) -> None: ...

    def end(self, farewell: Farewell) -> None:
        self.ended = self.ended or farewell

    async def renew(self, token: str) -> str | None:
        self.renewed.append(token)
        return self.refusal


@dataclass
class Room:
    """A hub over fakes."""

    limits: SignalLimits = field(default_factory=SignalLimits)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = TestWorld()
        self.rights = FakeRights()
        self.bus = LocalBus(BusSettings(), Counters())
        self.hub = Hub(self.bus, self.world, self.rights, self.limits, self.report)

    def report(self, where: str, error: BaseException) -> None:
        self.errors.append(f"{where}: {error}")

    def open(self, peer: Peer | None = None, **hello: Any) -> tuple[Line, Client, bool]:
        client = Client()
        caller = peer or session()
        side = Side.TERMINAL if isinstance(caller, TerminalCaller) else Side.CONSOLE
        line, resumed = self.hub.open(side, caller, words.Hello.model_validate(hello), client)
        return line, client, resumed


def read(line: Line) -> list[dict[str, Any]]:
    """All that waits for the connection, in the order in which a writer would take it."""
    texts = list(line.control)
    line.control.clear()
    while (text := line.outbox.next_unsent()) is not None:
        texts.append(text)
    return [json.loads(text) for text in texts]


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def message(kind: str, message_id: str | None = None, **body: Any) -> str:
    return json.dumps({"type": kind, "body": body} | ({"id": message_id} if message_id else {}))
