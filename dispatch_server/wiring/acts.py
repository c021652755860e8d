"""Puts on record what no person asks of a route: who went on air and off, and what was recorded, as it happens here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dispatch_server.archive.model import RecordingBegun, RecordingClosed
from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.callers import Caller, SystemCaller, TerminalCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.bus import Bus
from dispatch_server.kit.events import Event
from dispatch_server.live.model import StreamEnded, StreamStarted
from dispatch_server.live.roster import Roster

register("stream.begin", "go on air", frozenset(), recorded=Recorded.BY_ROOM)
register("stream.end", "go off air", frozenset(), recorded=Recorded.BY_ROOM)
register("recording.begin", "record a stream", frozenset(), recorded=Recorded.BY_ROOM)
register("recording.end", "stop recording it", frozenset(), recorded=Recorded.BY_ROOM)
register("recording.seal", "seal a recording that is closed", frozenset(), recorded=Recorded.BY_ROOM)


def nobody(_: str) -> str:
    return ""


@dataclass(slots=True)
class BusOnRecord:
    """
    The bus as the live room and the archive tell it things: each node enters its own, once, and what the bus drops
    for a slow listener is not missing. Journalled, so that neither a publisher nor a recorder ever waits.
    `holder_of`: what the publisher of a stream came in with: a terminal's key, a publish key, a sign-in.
    """

    bus: Bus
    recorder: Recorder
    roster: Roster
    holder_of: Callable[[str], str] = nobody

    def publish(self, event: Event) -> None:
        self.bus.publish(event)
        match event:
            case StreamStarted():
                self._stream("stream.begin", event, by=self.holder_of(event.stream_id))
            case StreamEnded():
                self._stream("stream.end", event, reason=event.reason[:200])
            case RecordingBegun():
                self._recording("recording.begin", event, stream=event.stream_id)
            case RecordingClosed():
                self._recording("recording.end", event, stream=event.stream_id, reason=event.reason[:200])

    def _stream(self, action: str, event: StreamStarted | StreamEnded, **detail: Any) -> None:
        department, subject = self.roster.department_of(event.source), f"stream:{event.stream_id}"
        caller = self._publisher(event.source, department)
        self.recorder.journal(caller, action, subject, department=department, source=event.source, **detail)

    def _recording(self, action: str, event: RecordingBegun | RecordingClosed, **detail: Any) -> None:
        department, subject = self.roster.department_of(event.source), f"recording:{event.recording_id}"
        caller = SystemCaller("archive")
        self.recorder.journal(caller, action, subject, department=department, source=event.source, **detail)

    def _publisher(self, source: str, department: str) -> Caller:
        """A guest is nobody that the ledger could name: the detail says by which sign-in it came."""
        terminal = self.roster.terminals.get(source)
        return TerminalCaller(source, terminal.name, department, "") if terminal is not None else SystemCaller("live")
