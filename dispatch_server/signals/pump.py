"""Sends the topics to those who asked for them: once in a while and on a change, written once for each scope."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.guard import isolating
from dispatch_server.signals.desk import pack
from dispatch_server.signals.handlers import Handlers, Topic
from dispatch_server.signals.line import Line
from dispatch_server.signals.model import Parcel
from dispatch_server.signals.ports import Report, RightsPort, WorldPort

SPACING_S = 0.1  # between two lists to the same scope, of a topic that is touched again and again
LONGEST_SLEEP_S = 1.0
SERVED_AGAIN_S = 1.0  # who asks anew and anew waits for the next turn


@dataclass(slots=True)
class Pump:
    handlers: Handlers
    rights: RightsPort
    world: WorldPort
    report: Report
    largest: int  # a list that an outbox has no room for is reported here, not sent for ever
    turns: int = 0
    _lines: Iterable[Line] = ()
    _due: dict[str, float] = field(default_factory=dict)  # the next regular turn of each topic
    _touched: dict[tuple[str, Scope], float] = field(default_factory=dict)  # when this scope is told of a change
    _told: dict[tuple[str, Scope], float] = field(default_factory=dict)  # when it was, a moment ago
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def over(self, lines: Iterable[Line]) -> None:
        """Whom it serves."""
        self._lines = lines

    def touch(self, name: str, department: str) -> None:
        """
        The topic has changed in this department: whoever sees it is told now, or as soon as may be again. Others get
        nothing, and nothing sooner or later: a list out of turn would tell them that something happened elsewhere.
        """
        topic = self.handlers.topics.get(name)
        if topic is None:
            return
        now = self.world.monotonic()
        for scope in {self.rights.scope(line.peer, topic.action) for line in self._asking(topic)}:  # type: ignore[arg-type]
            if scope.covers(department):
                spaced = self._told.get((name, scope), now - SPACING_S) + SPACING_S
                self._touched.setdefault((name, scope), max(now, spaced))
        self._wake.set()

    async def run(self) -> None:
        while True:
            now = self.world.monotonic()
            for topic in list(self.handlers.topics.values()):
                if self._due.get(topic.name, now) <= now:
                    self._due[topic.name] = now + topic.every_s
                    self.turn(topic, self._asking(topic))
            self._tell_touched(now)
            next_s = min([*self._due.values(), *self._touched.values()], default=now + LONGEST_SLEEP_S)
            self._wake.clear()
            try:
                async with asyncio.timeout(min(LONGEST_SLEEP_S, max(0.01, next_s - self.world.monotonic()))):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _tell_touched(self, now: float) -> None:
        self._told = {key: at for key, at in self._told.items() if now - at < SPACING_S}
        for name, scope in [key for key, at in self._touched.items() if at <= now]:
            del self._touched[name, scope]
            self._told[name, scope] = now
            topic = self.handlers.topics[name]
            seeing = [one for one in self._asking(topic) if self.rights.scope(one.peer, topic.action) == scope]  # type: ignore[arg-type]
            self.turn(topic, seeing)

    def _asking(self, topic: Topic) -> list[Line]:
        """The consoles that want it."""
        return [line for line in self._lines if topic.name in line.topics and not isinstance(line.peer, TerminalCaller)]

    def asked(self, line: Line) -> None:
        """Its topics are others now."""
        if self.world.monotonic() - line.served_at >= SERVED_AGAIN_S:
            self.serve(line)

    def serve(self, line: Line) -> None:
        """All its topics at once: it has just asked for them, or has come back."""
        if line.topics:
            line.served_at = self.world.monotonic()
        for name in sorted(line.topics):
            if (topic := self.handlers.topics.get(name)) is not None:
                self.turn(topic, [line])

    def turn(self, topic: Topic, lines: Iterable[Line]) -> None:
        """What fails is reported, and the other topics go on."""
        isolating(self._turn, lambda error: self.report(f"topic {topic.name}", error))(topic, lines)

    def _turn(self, topic: Topic, lines: Iterable[Line]) -> None:
        written: dict[Scope, Parcel] = {}
        for line in lines:
            if line.pipe is None or isinstance(line.peer, TerminalCaller):
                continue  # who is away is served when it is back
            scope = self.rights.scope(line.peer, topic.action)
            if not scope:
                continue
            if scope not in written:
                written[scope] = pack(topic.produce(scope), key=f"topic {topic.name}", most=self.largest)
                self.turns += 1
            line.send(written[scope])
