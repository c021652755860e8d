"""Sends the topics to those who asked for them: once in a while and when touched, written once for each scope."""

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

SPACING_S = 0.1  # between two turns of a topic that is touched again and again
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
    _due: dict[str, float] = field(default_factory=dict)
    _turned: dict[str, float] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def over(self, lines: Iterable[Line]) -> None:
        """Whom it serves."""
        self._lines = lines

    def touch(self, name: str) -> None:
        """The topic has changed: send it now, or as soon as it may be sent again."""
        if name in self.handlers.topics:
            now = self.world.monotonic()
            self._due[name] = min(self._due.get(name, now), max(now, self._turned.get(name, 0.0) + SPACING_S))
            self._wake.set()

    async def run(self) -> None:
        while True:
            now = self.world.monotonic()
            for topic in list(self.handlers.topics.values()):
                if self._due.get(topic.name, now) <= now:
                    self._turned[topic.name] = now
                    self._due[topic.name] = now + topic.every_s
                    self.turn(topic, [line for line in self._lines if topic.name in line.topics])
            next_s = min(self._due.values(), default=now + LONGEST_SLEEP_S) - self.world.monotonic()
            self._wake.clear()
            try:
                async with asyncio.timeout(min(LONGEST_SLEEP_S, max(0.01, next_s))):
                    await self._wake.wait()
            except TimeoutError:
                continue

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
