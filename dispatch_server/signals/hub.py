"""The hub: who is connected here, what is sent to whom on every node, and what becomes of a connection's messages."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from dispatch_server.identity.guard import ByTerminal, Permit
from dispatch_server.identity.registry import ROUTES
from dispatch_server.protocol import signals as words
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.guard import attempt
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.signals.desk import Desk, pack
from dispatch_server.signals.handlers import Handler, Handlers, Produce
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.line import Line, Peer, Pipe
from dispatch_server.signals.lines import LineBook
from dispatch_server.signals.model import Farewell, Kind, Side, State
from dispatch_server.signals.ports import BusPort, Connected, Report, RightsPort, WorldPort
from dispatch_server.signals.post import SESSION_ENDED, Post
from dispatch_server.signals.pump import Pump

TICK_S = 1.0


@dataclass(slots=True)
class Hub:
    """Everything is called on the loop's thread. What others call never waits for a connection."""

    bus: BusPort
    world: WorldPort
    rights: RightsPort
    limits: SignalLimits
    report: Report
    handlers: Handlers = field(default_factory=Handlers)
    connected: list[Connected] = field(default_factory=list)  # told of each new line: send again what is unreceipted
    lines: LineBook = field(init=False)
    desk: Desk = field(init=False)
    pump: Pump = field(init=False)
    post: Post = field(init=False)

    def __post_init__(self) -> None:
        self.lines = LineBook(self.limits, self.world.chance)
        self.desk = Desk(self.handlers, self.rights, self.limits, self.report)
        self.pump = Pump(self.handlers, self.rights, self.world, self.report, self.limits.outbox_characters // 2)
        self.pump.over(self.lines)
        self.post = Post(self.bus, self.world, self.rights, self.lines, self.limits.known_events)

    # What other rooms' wiring says once.

    def on(self, model: type[BaseModel], action: str, handler: Handler, *, side: Side = Side.CONSOLE) -> None:
        """`handler(caller, message)` answers messages of this model; its answer goes back to the sender."""
        self.handlers.on(model, action, handler, side)
        mark = ByTerminal if side is Side.TERMINAL else Permit
        ROUTES.note_message(f"/ws/{side} {words.name_of(model)}", action, mark.__name__)

    def topic(self, name: str, action: str, produce: Produce, every_s: float) -> None:
        """A state that consoles may ask for; `produce(scope)` gives what may be seen of it."""
        self.handlers.topic(name, action, produce, every_s)
        ROUTES.note_message(f"/ws/{Side.CONSOLE} subscribe {name}", action)

    def on_connected(self, hook: Connected) -> None:
        """Called with whoever has a new line: what was sent to an earlier one may not have arrived."""
        self.connected.append(hook)

    # What other rooms say all the time.

    def send_to_person(self, person_id: str, message: BaseModel, *, newest_of: str = "") -> None:
        """To all consoles of a person, on every node. `newest_of`: a newer message of this name takes its place."""
        self.post.send(Kind.PERSON, person_id, "", message, newest_of)

    def send_to_terminal(self, number: str, message: BaseModel, *, newest_of: str = "") -> None:
        """As to a person. Nothing is kept for a terminal that is not connected: see `on_connected`."""
        self.post.send(Kind.TERMINAL, number, "", message, newest_of)

    def send_to_scope(self, action: str, department: str, message: BaseModel, *, newest_of: str = "") -> None:
        """To all consoles whose sign-in may do `action` in that department."""
        self.post.send(Kind.SCOPE, action, department, message, newest_of)

    def tell_here(self, action: str, department: str, message: BaseModel, *, newest_of: str = "") -> None:
        """As `send_to_scope`, on this node alone: for what every node hears by itself."""
        parcel = pack(message, key=newest_of)
        for line in self.post.in_scope(action, department):
            line.send(parcel)

    def touch(self, topic: str, department: str) -> None:
        """A topic's state has changed in this department; who does not see it is not told sooner either."""
        self.pump.touch(topic, department)

    def disconnect(self, holder: str, reason: str) -> None:
        """End all lines of a holder (a session's id, `TerminalCaller.holder`), here at once and on other nodes."""
        self.post.end(holder, reason)

    # What connections say.

    def open(self, side: Side, peer: Peer, hello: words.Hello, pipe: Pipe) -> tuple[Line, bool]:
        """The line under a connection, and whether it goes on where it was. Raises TooManyLines."""
        wish = hello.resume
        line = self.lines.resume(wish.line, peer, wish.seq) if wish is not None else None
        resumed = line is not None
        if line is None:
            line = self.lines.open(side, peer)
            old = self.lines.find(wish.line) if wish is not None else None
            if old is not None and old.holder == line.holder:
                self.lines.end(old, Farewell("replaced", again=False))
        line.attach(pipe)
        line.topics = self._topics(hello.topics)
        line.control.append(pack(self._welcome(line, resumed)).text())
        self.pump.serve(line)
        pipe.wake()
        return line, resumed

    async def greet(self, peer: Peer) -> None:
        """Let the rooms send what is owed to a new line."""
        for hook in self.connected:
            await attempt(self._told(hook, peer), lambda error: self.report("connected", error))

    async def take(self, line: Line, text: str) -> None:
        """One message of a line's client."""
        try:
            message = words.Inbound.model_validate_json(text)
        except ValidationError:
            self.desk.refuse(line, None, "malformed_message", "This is no message; see docs/protocol.md.")
            return
        try:
            if not await self._take_word(line, message):
                await self.desk.take(line, message)
        except ValidationError:
            self.desk.refuse(line, message.id, "invalid_message", f"The body is no {message.type}.")

    def left(self, line: Line, pipe: Pipe) -> None:
        """A connection is gone."""
        line.detach(pipe, self.world.monotonic())

    # What goes on beside.

    def start(self, scope: TaskScope) -> None:
        self.desk.open(scope)
        scope.start("signals listen", self.post.listen)
        scope.start("signals tick", self._tick)
        scope.start("signals topics", self.pump.run)
        scope.defer("signals", self.stop)

    def stop(self) -> None:
        """The node stops: every client comes back to another, or later."""
        for line in self.lines:
            self.lines.end(line, Farewell("going_away", again=True, close_code=1001))

    def tick(self) -> None:
        """End what is over by its time alone."""
        self.lines.expire(self.world.monotonic())
        for line in self.lines:
            if line.side is Side.CONSOLE and not self.rights.stands(line.peer):  # type: ignore[arg-type]
                self.lines.end(line, SESSION_ENDED)

    def readings(self) -> list[Reading]:
        states = [line.state for line in self.lines]
        boxes = [line.outbox for line in self.lines]
        counted = {
            "executed": self.desk.executed,
            "refused": self.desk.refused,
            "repeated": self.desk.repeated,
            "repeated delivery": self.post.repeats_dropped,
            "line expired": self.lines.expired,
        }
        return [
            Reading("signals_lines", states.count(State.OPEN), "Lines.", {"state": "open"}, "gauge"),
            Reading("signals_lines", states.count(State.AWAY), "Lines.", {"state": "away"}, "gauge"),
            Reading("signals_waiting", sum(len(one) for one in boxes), "Messages not yet acknowledged.", kind="gauge"),
            Reading("signals_waiting_characters", sum(one.size for one in boxes), "Their size.", kind="gauge"),
            *(Reading("signals_messages", value, "Messages.", {"what": name}) for name, value in counted.items()),
        ]

    # Inside.

    async def _told(self, hook: Connected, peer: Peer) -> None:
        async with asyncio.timeout(self.limits.handler_s):
            await hook(peer)

    async def _take_word(self, line: Line, message: words.Inbound) -> bool:
        """A word of the envelope; False when it is none. Raises ValidationError."""
        match message.type:
            case "ack":
                if not line.outbox.acknowledge(words.Ack.model_validate(message.body).seq):
                    self.desk.refuse(line, message.id, "never_sent", "That number was not sent yet.")
            case "ping":
                words.Ping.model_validate(message.body)
                line.say(pack(words.Pong(server_utc_us=self.world.utc_us())), self.limits.control_messages)
            case "subscribe":
                line.topics = self._topics(words.Subscribe.model_validate(message.body).topics)
                self.pump.asked(line)
            case "authenticate" if line.side is Side.TERMINAL and line.pipe is not None:
                code = await line.pipe.renew(words.Authenticate.model_validate(message.body).token)
                if code is not None:
                    self.desk.refuse(line, message.id, code, "This token does not continue this connection.")
                else:
                    line.say(pack(words.Done(), reply_to=message.id or ""), self.limits.control_messages)
            case "hello":
                self.desk.refuse(line, message.id, "already_greeted", "Hello is said once, first.")
            case _:
                return False
        return True

    def _topics(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(name for name in names if name in self.handlers.topics)

    def _welcome(self, line: Line, resumed: bool) -> words.Welcome:
        return words.Welcome(
            line=line.id,
            resumed=resumed,
            server_utc_us=self.world.utc_us(),
            ping_s=self.limits.ping_s,
            resume_s=self.limits.resume_s,
            message_bytes=self.limits.message_bytes,
            messages_per_s=self.limits.messages_per_s,
        )

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()
