"""Connects the archive: frames from the engine, names from the roster, and what is told of streams."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch_server.archive.assembly import ArchiveRoom, Outside, assemble
from dispatch_server.archive.limits import ArchiveLimits, PoolLimits, SamplerLimits, SpaceLimits
from dispatch_server.archive.model import TroubleChanged
from dispatch_server.engine.port import EnginePort
from dispatch_server.kit.events import Event
from dispatch_server.live.assembly import LiveRoom
from dispatch_server.live.model import State, StreamEnded, StreamLost, StreamResumed, StreamStarted
from dispatch_server.live.roster import Roster
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.settings import Settings
from dispatch_server.wiring.acts import BusOnRecord

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

COMPARE_S = 5.0
_log = log_of("archive")


@dataclass(frozen=True, slots=True)
class Names:
    """The roster, as the archive asks it."""

    roster: Roster

    def terminal_name(self, source: str) -> str:
        terminal = self.roster.terminals.get(source)
        return terminal.name if terminal is not None else source

    def department_names(self, code: str) -> tuple[str, str]:
        department = self.roster.departments.get(code)
        return (department.name, department.name_en) if department is not None else (code, code)


def wire_archive(wiring: "Wiring", engine: EnginePort, roster: Roster, bus: BusOnRecord) -> ArchiveRoom:
    """The recorder, the picture sampler, playback. It opens before the live room and closes after it."""
    settings = wiring.settings

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised("archive")
        _log.error("something failed", where=where, exc_info=error)

    room = assemble(
        Outside(engine, bus, wiring.world, Names(roster), wiring.database, wiring.threads, wiring.recorder, report),
        [archive_folder(settings)],
        tuple(Layer(layer) for layer in settings.archive.layers),
        limits_of(settings),
    )
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)
    wiring.companions["disk"] = room.upkeep.check_room

    async def open_archive(scope: TaskScope) -> None:
        await room.open()
        scope.defer("archive", room.upkeep.stop)
        scope.start("archive upkeep", room.upkeep.run)
        scope.start("archive recovery", room.upkeep.recover)
        if settings.archive.sampler_interval_s:
            scope.start("picture sampler", room.pictures.desk.run)

    wiring.openings.append(open_archive)
    return room


def tell_archive(wiring: "Wiring", archive: ArchiveRoom, live: LiveRoom) -> None:
    """What becomes of streams is told to the archive; a compare every few seconds makes up for what was missed."""
    if not wiring.settings.archive.enabled:
        return
    streams = live.live.streams

    def department_of(stream_id: str) -> str:
        stream = streams.find(stream_id)
        return stream.department if stream is not None else ""

    def tell(event: Event) -> None:
        match event:
            case StreamStarted():
                archive.stream_started(event.stream_id, event.source, department_of(event.stream_id), event.utc_us)
            case StreamLost():
                archive.stream_lost(event.stream_id, event.utc_us)
            case StreamResumed():
                archive.stream_resumed(event.stream_id, event.source, department_of(event.stream_id), event.utc_us)
            case StreamEnded():
                archive.stream_ended(event.stream_id, event.utc_us, event.reason)
            case TroubleChanged():
                # The trouble is the event: the log takes the same event within a second for a repetition.
                if event.begins:
                    _log.error(str(event.trouble), about=event.subject, detail=event.detail)
                else:
                    _log.info(f"no longer: {event.trouble}", about=event.subject, detail=event.detail)

    async def listen() -> None:
        async for event in wiring.bus.subscribe(Event, "archive"):
            tell(event)

    async def compare() -> None:
        while True:
            await asyncio.sleep(COMPARE_S)
            on_air = {stream.id: stream for stream in streams if stream.state is State.LIVE}
            wanted = archive.archive.wanted
            for stream in on_air.values():
                if stream.id not in wanted or not wanted[stream.id].live:
                    archive.stream_resumed(stream.id, stream.source, stream.department, wiring.world.utc_us())
            for stream_id in [one for one in wanted if streams.find(one) is None]:
                archive.stream_ended(stream_id, wiring.world.utc_us(), "the stream is gone")

    async def open_listening(scope: TaskScope) -> None:
        scope.start("archive listens", listen)
        scope.start("archive compares", compare)

    wiring.openings.append(open_listening)


def archive_folder(settings: Settings) -> Path:
    return Path(settings.archive.folder or f"{settings.data_folder}/archive")


def limits_of(settings: Settings) -> ArchiveLimits:
    """The archive's bounds, as the settings say."""
    archive = settings.archive
    return ArchiveLimits(
        recorder=RecorderLimits(
            fragment_us=archive.fragment_ms * 1000,
            fragment_bytes=archive.fragment_bytes,
            segment_us=int(archive.segment_s * 1_000_000),
        ),
        pool=PoolLimits(threads=settings.threads.disk, lane_bytes=archive.queue_bytes),
        space=SpaceLimits(
            alarm_percent=archive.disk_alarm_percent,
            refuse_percent=archive.disk_refuse_percent,
            refuse_bytes=archive.disk_refuse_bytes,
            stop_bytes=min(512 << 20, archive.disk_refuse_bytes // 4),
            ballast_bytes=archive.ballast_bytes,
        ),
        sampler=SamplerLimits(
            interval_s=archive.sampler_interval_s,
            width=archive.sampler_width,
            queue=archive.sampler_queue,
            frozen_s=archive.frozen_s,
        ),
        recordings=archive.streams,
        space_s=archive.disk_check_s,
    )
