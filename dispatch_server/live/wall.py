"""What the console's wall and its roster show: streams on air with their figures, terminals with their state."""

from dataclasses import dataclass, field

from dispatch_server.kit.scope import Scope
from dispatch_server.live.model import State, Stream
from dispatch_server.live.on_air import StreamBook
from dispatch_server.live.ports import MediaPort, PicturePort, PresencePort, RecordingPort, WorldPort
from dispatch_server.live.roster import Roster, Terminal
from dispatch_server.live.sessions import SessionBook
from dispatch_server.media.figures import StreamFigures
from dispatch_server.protocol import console


@dataclass(slots=True)
class Wall:
    roster: Roster
    streams: StreamBook
    sessions: SessionBook
    media: MediaPort
    world: WorldPort
    pictures: PicturePort | None = None
    recordings: RecordingPort | None = None
    presence: PresencePort | None = None
    figures_s: float = 1.0
    # Many consoles ask for the same figures: they are read once in `figures_s`.
    _figures: dict[str, console.StreamFigures | None] = field(default_factory=dict)
    _read_at: float | None = None

    def list_streams(self, scope: Scope) -> console.StreamList:
        """All in the scope that are not ended and were live at least once, in the order of their sources."""
        now = self.world.monotonic()
        if self._read_at is None or now - self._read_at >= self.figures_s:
            self._figures, self._read_at = {}, now
        shown = sorted(
            (one for one in self.streams if one.started_utc_us is not None and scope.covers(one.department)),
            key=lambda one: one.source,
        )
        return console.StreamList(streams=[self._entry(stream) for stream in shown], server_utc_us=self.world.utc_us())

    def list_terminals(self, scope: Scope) -> console.TerminalList:
        """The terminals in the scope; departments are public, but only those in the scope are of use here."""
        online = self.presence.online() if self.presence is not None else {}
        utc_us = self.world.utc_us()
        return console.TerminalList(
            departments=[
                console.DepartmentEntry(code=one.code, name=one.name, name_en=one.name_en, kind=one.kind)
                for one in self.roster.departments.values()
                if scope.covers(one.code)
            ],
            terminals=[
                self._terminal(terminal, online.get(terminal.number), utc_us)
                for terminal in self.roster.terminals.values()
                if scope.covers(terminal.department.code)
            ],
            server_utc_us=utc_us,
        )

    def _entry(self, stream: Stream) -> console.StreamEntry:
        terminal = self.roster.terminals.get(stream.source)
        department = self.roster.departments.get(stream.department)
        return console.StreamEntry(
            stream_id=stream.id,
            source=stream.source,
            terminal_name=terminal.name if terminal is not None else stream.source,
            department_code=stream.department,
            department_name=department.name if department is not None else "",
            department_name_en=department.name_en if department is not None else "",
            state=stream.state.value,
            started_utc_us=stream.started_utc_us,
            since_utc_us=stream.since_utc_us,
            figures=self._figures_of(stream),
            viewers=self.sessions.count_viewers(stream.id),
            thumbnail_url=self.pictures.thumbnail_url(stream.id) if self.pictures is not None else None,
            picture_marks=list(self.pictures.marks(stream.id)) if self.pictures is not None else [],
            recording=self.recordings is not None and self.recordings.is_recording(stream.id),
        )

    def _figures_of(self, stream: Stream) -> console.StreamFigures | None:
        if stream.state is not State.LIVE:
            return None
        if stream.id not in self._figures:
            self._figures[stream.id] = _shown(self.media.stream_figures(stream.id))
        return self._figures[stream.id]

    def _terminal(self, terminal: Terminal, seen_utc_us: int | None, utc_us: int) -> console.TerminalEntry:
        stream = self.streams.of_source(terminal.number)
        state: console.TerminalState = "offline" if seen_utc_us is None else "online"
        known = self.streams.last_seen_utc_us.get(terminal.number)
        last_seen = max((moment for moment in (known, seen_utc_us) if moment is not None), default=None)
        if stream is not None and stream.state is State.LIVE:
            state, last_seen = "live", utc_us
        elif stream is not None and stream.state is State.LOST:
            state = "lost"
        return console.TerminalEntry(
            number=terminal.number,
            name=terminal.name,
            name_en=terminal.name_en,
            department_code=terminal.department.code,
            state=state,
            stream_id=stream.id if stream is not None and stream.started_utc_us is not None else None,
            last_seen_utc_us=last_seen,
        )


def _shown(figures: StreamFigures | None) -> console.StreamFigures | None:
    if figures is None:
        return None
    return console.StreamFigures(
        layers={
            layer.value: console.LayerFigures(
                bitrate_bps=one.bitrate_bps,
                fps=one.fps,
                width=one.width,
                height=one.height,
                key_frame_age_s=one.key_frame_age_s,
            )
            for layer, one in figures.layers.items()
        },
        loss=figures.loss,
        rtt_ms=figures.rtt_ms,
        jitter_ms=figures.jitter_ms,
        last_media_age_s=figures.last_media_age_s,
    )
