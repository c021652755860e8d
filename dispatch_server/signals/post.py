"""Between nodes: what is sent here goes over the bus, and what the bus brings goes to the lines of this node."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.signals.desk import pack
from dispatch_server.signals.line import Line
from dispatch_server.signals.lines import LineBook, person_key, terminal_key
from dispatch_server.signals.model import (
    Farewell,
    HolderLeft,
    HubEvent,
    Kind,
    Parcel,
    Side,
    SignalSent,
    StateTold,
)
from dispatch_server.signals.ports import BusPort, RightsPort, WorldPort

SESSION_ENDED = Farewell("session_ended", again=False, close_code=4401)


@dataclass(slots=True)
class Post:
    bus: BusPort
    world: WorldPort
    rights: RightsPort
    lines: LineBook
    known_events: int
    repeats_dropped: int = 0
    _known: dict[str, None] = field(default_factory=dict)

    def send(self, kind: Kind, to: str, department: str, message: BaseModel, key: str) -> None:
        """A state may be lost between nodes, because a newer one makes up for it; anything else may not."""
        parcel = pack(message, key=key)
        utc_us, identity = self._moment()
        event: StateTold | SignalSent
        if key:
            event = StateTold(
                identity=identity,
                utc_us=utc_us,
                kind=kind,
                to=to,
                department=department,
                type=parcel.type,
                body=parcel.body,
                key=key,
            )
        else:
            event = SignalSent(
                identity=identity,
                utc_us=utc_us,
                kind=kind,
                to=to,
                department=department,
                type=parcel.type,
                body=parcel.body,
            )
        self.bus.publish(event)

    def end(self, holder: str, reason: str) -> None:
        """All lines of a holder: here at once, and on the other nodes."""
        self._end_here(holder)
        utc_us, identity = self._moment()
        self.bus.publish(HolderLeft(identity=identity, utc_us=utc_us, holder=holder, reason=reason))

    async def listen(self) -> None:
        inbox = self.bus.subscribe(HubEvent, "signals")
        missed = 0
        try:
            async for event in inbox:
                if inbox.missed > missed:
                    missed = inbox.missed
                    for line in self.lines:
                        line.tell_to_resync()
                self.deliver(event)
        finally:
            inbox.close()

    def deliver(self, event: HubEvent) -> None:
        """What some node sent, to those of its addressees who are connected here; the same event once only."""
        if event.identity in self._known:
            self.repeats_dropped += 1
            return
        self._known[event.identity] = None
        while len(self._known) > self.known_events:
            del self._known[next(iter(self._known))]
        match event:
            case HolderLeft():
                self._end_here(event.holder)
            case StateTold() | SignalSent():
                key = event.key if isinstance(event, StateTold) else ""
                parcel = Parcel(event.type, event.body, key)
                for line in self._addressed(event):
                    line.send(parcel)

    def in_scope(self, action: str, department: str) -> list[Line]:
        """Consoles whose sign-in may do that action in that department."""
        consoles = (line for line in self.lines if line.side is Side.CONSOLE)
        return [line for line in consoles if self.rights.scope(line.peer, action).covers(department)]  # type: ignore[arg-type]

    def _addressed(self, event: StateTold | SignalSent) -> Iterable[Line]:
        match event.kind:
            case Kind.PERSON:
                return self.lines.of_peer(person_key(event.to))
            case Kind.TERMINAL:
                return self.lines.of_peer(terminal_key(event.to))
            case Kind.SCOPE:
                return self.in_scope(event.to, event.department)

    def _end_here(self, holder: str) -> None:
        for line in self.lines.of_holder(holder):
            self.lines.end(line, SESSION_ENDED)

    def _moment(self) -> tuple[int, str]:
        utc_us = self.world.utc_us()
        return utc_us, uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES))
