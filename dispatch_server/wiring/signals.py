"""Connects the hub: who may what, what consoles are told of streams and terminals, and what ends a socket."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from dispatch_server.identity.actions import ACTIONS, Recorded
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Asked, OnRecord, Recorder, asking
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.service import SignInService
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.events import Event
from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.live.assembly import LiveRoom
from dispatch_server.live.model import StreamEnded, StreamLost, StreamResumed, StreamStarted
from dispatch_server.live.roster import Roster
from dispatch_server.live.wall import Wall
from dispatch_server.protocol import console, signals
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.signals.hub import Hub
from dispatch_server.signals.limits import SignalLimits
from dispatch_server.signals.routes import socket_routes

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

COMPARE_S = 1.0
STREAMS, TERMINALS = "streams", "terminals"
_log = log_of("signals")


@dataclass(frozen=True, slots=True)
class Rights:
    """Who may what, as the sign-ins say it."""

    world: World
    sign_ins: SignInService
    recorder: Recorder
    refusals: Refusals

    def scope(self, session: Session, action: str) -> Scope:
        return session.scope(action)

    def stands(self, session: Session) -> bool:
        return not session.over(self.world.utc_us(), self.sign_ins.times)

    async def refused(self, session: Session, action: str) -> None:
        asked = Asked(session, "", self.recorder, self.refusals)
        await asked.came_to_nothing(action, Outcome.REFUSED, "not_permitted")

    def on_record(self, peer: Session | TerminalCaller, action: str) -> OnRecord:
        """A message is no question: what is not the room's to record, or nobody's, is recorded before it is done."""
        asking.set(Asked(peer, "", self.recorder, self.refusals))
        recorded = ACTIONS[action].recorded
        return OnRecord(action, recorded, recorded in (Recorded.BEFORE, Recorded.CHANGES), changes=True)


@dataclass(slots=True)
class Watcher:
    """Turns what happens in the live room into what consoles are told."""

    hub: Hub
    roster: Roster
    wall: Wall
    _states: dict[str, console.TerminalState] = field(default_factory=dict)  # one entry a terminal

    def happened(self, event: Event) -> None:
        match event:
            case StreamStarted() | StreamResumed():
                self._stream(event, "live")
            case StreamLost():
                self._stream(event, "lost")
            case StreamEnded():
                self._stream(event, "ended", event.reason)
            case _:
                return
        self.hub.touch(STREAMS, self.roster.department_of(event.source))
        self.compare()

    def compare(self) -> None:
        """Tell which terminals are in another state than before."""
        listed = self.wall.list_terminals(COUNTY)
        now = {terminal.number: terminal for terminal in listed.terminals}
        for number, terminal in now.items():
            before = self._states.get(number)
            if before is not None and before != terminal.state:
                changed = signals.TerminalChanged(
                    number=number,
                    department=terminal.department_code,
                    state=terminal.state,
                    utc_us=listed.server_utc_us,
                )
                self.hub.tell_here("terminal.list", terminal.department_code, changed, newest_of=f"terminal {number}")
                self.hub.touch(TERMINALS, terminal.department_code)
        self._states = {number: terminal.state for number, terminal in now.items()}

    def _stream(
        self, event: StreamStarted | StreamResumed | StreamLost | StreamEnded, state: str, reason: str = ""
    ) -> None:
        department = self.roster.department_of(event.source)
        changed = signals.StreamChanged.model_validate(
            {
                "stream_id": event.stream_id,
                "source": event.source,
                "department": department,
                "state": state,
                "utc_us": event.utc_us,
                "reason": reason,
            }
        )
        # Every node hears of a stream by itself; nobody is told twice.
        self.hub.tell_here("stream.list", department, changed)


def wire_signals(wiring: "Wiring", sign_ins: SignInService, live: LiveRoom, roster: Roster) -> Hub:
    """The hub and its sockets. Rooms give it their messages (`hub.on`) before it opens."""
    settings = wiring.settings

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("signals")
        _log.error("unexpected error", where=where, exc_info=error)

    # One bound for what a sign-in is refused, over sockets and over HTTP.
    rights = Rights(wiring.world, sign_ins, wiring.recorder, cast(Refusals, wiring.state["refusals"]))
    hub = Hub(wiring.bus, wiring.world, rights, limits_of(settings), report)
    watcher = Watcher(hub, roster, live.wall)
    hub.topic(STREAMS, "stream.list", live.wall.list_streams, settings.live.figures_s)
    hub.topic(TERMINALS, "terminal.list", live.wall.list_terminals, settings.signals.terminals_s)
    sign_ins.listeners.append(hub.disconnect)
    wiring.routers.append(socket_routes(hub, settings.signals.terminal_check_s))
    wiring.counters.collect_from(hub.readings)
    wiring.messages.extend([*signals.CONSOLE_WORDS, signals.Authenticate, *signals.SERVER_WORDS, *signals.PUSHED])

    async def listen() -> None:
        async for event in wiring.bus.subscribe(Event, "signals of streams"):
            watcher.happened(event)

    async def compare() -> None:
        while True:
            await asyncio.sleep(COMPARE_S)
            watcher.compare()

    async def open_signals(scope: TaskScope) -> None:
        hub.start(scope)
        scope.start("signals of streams", listen)
        scope.start("signals of terminals", compare)

    wiring.openings.append(open_signals)
    return hub


def limits_of(settings: Settings) -> SignalLimits:
    """The hub's bounds, as the settings say."""
    signals = settings.signals
    return SignalLimits(
        message_bytes=signals.message_bytes,
        messages_per_s=signals.messages_per_s,
        ping_s=signals.ping_s,
        hello_s=signals.hello_s,
        handler_s=signals.handler_s,
        resume_s=signals.resume_s,
        outbox_messages=signals.outbox_messages,
        outbox_characters=signals.outbox_characters,
        lines=signals.lines,
        lines_per_holder=signals.lines_per_holder,
        receipts=signals.receipts,
    )
