"""Connects engine and the live room."""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.middleware import Middleware

from dispatch_server.archive.assembly import ArchiveRoom
from dispatch_server.engine.port import EnginePort
from dispatch_server.identity.service import SignInService
from dispatch_server.live.assembly import LiveRoom, Outside, assemble
from dispatch_server.live.cors import MediaHeaders
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.ports import PresencePort
from dispatch_server.live.roster import Roster, read_roster
from dispatch_server.live.store import KeyStore, StreamStore
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.runtime.log import log_of
from dispatch_server.runtime.scope import OnFailure, TaskScope
from dispatch_server.settings import Settings
from dispatch_server.wiring.acts import BusOnRecord
from dispatch_server.wiring.development import hand_out_keys, write_sign_in_link

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

_log = log_of("media")


def wire_engine(wiring: "Wiring") -> EnginePort:
    """The media engine on its two ports."""
    settings, world = wiring.settings.media, wiring.world

    def report(where: str, error: BaseException) -> None:
        wiring.counters.surprised(where)
        _log.error("unexpected error", where=where, exc_info=error)

    certificate = make_certificate(world.chance, world.utc_us(), settings.certificate_days)
    engine = EnginePort(settings, world, world.chance, certificate, report)

    async def open_engine(scope: TaskScope) -> None:
        await engine.open()
        scope.defer("engine", engine.stop)
        _log.info("media ports open", candidates=[f"{c.transport} {c.host}:{c.port}" for c in engine.candidates])

    wiring.openings.append(open_engine)
    wiring.counters.collect_from(engine.readings)
    return engine


def read_departments(settings: Settings) -> Roster:
    """The county, as its file says. Raises RosterWrong."""
    return read_roster(Path(settings.departments_file).read_text("utf-8"), settings.departments_file)


def wire_live(
    wiring: "Wiring",
    engine: EnginePort,
    sign_ins: SignInService,
    roster: Roster,
    archive: ArchiveRoom,
    presence: PresencePort,
    bus: BusOnRecord,
) -> LiveRoom:
    """Streams on air. In development mode it also hands out what a newcomer needs."""
    settings = wiring.settings

    def report(where: str, error: BaseException) -> None:
        _log.error("unexpected error", where=where, exc_info=error)

    room = assemble(
        Outside(
            media=engine,
            bus=bus,
            world=wiring.world,
            stream_store=StreamStore(wiring.database),
            key_store=KeyStore(wiring.database),
            report=report,
            recorder=wiring.recorder,
            pictures=archive.pictures,
            recordings=archive.archive,
            presence=presence,
        ),
        roster,
        limits_of(settings),
    )
    engine.listener = room.live

    def holder_of(stream_id: str) -> str:
        stream = room.live.streams.find(stream_id)
        return stream.holder if stream is not None else ""

    bus.holder_of = holder_of
    sign_ins.listeners.append(room.live.holder_left)
    wiring.routers.extend(room.routers())
    wiring.rings.append(Middleware(MediaHeaders, origins=settings.server.cors_origins))
    wiring.counters.collect_from(room.readings)

    async def open_live(scope: TaskScope) -> None:
        await room.upkeep.start()
        scope.defer("live", room.upkeep.stop)
        scope.start("live upkeep", room.upkeep.run, OnFailure.RESTART)
        if settings.server.is_development:
            await hand_out_keys(room, roster, Path(settings.data_folder))
            write_sign_in_link(sign_ins, settings)

    wiring.openings.append(open_live)
    return room


def limits_of(settings: Settings) -> LiveLimits:
    """The live room's bounds, as the settings say."""
    limits = settings.live
    return LiveLimits(
        grace_s=limits.grace_s,
        token_life_s=limits.media_token_s,
        tokens=limits.media_tokens,
        publish_keys=limits.publish_keys,
        sessions=settings.media.sessions,
        posts_per_minute=limits.posts_per_minute,
        offer_bytes=limits.offer_bytes,
        figures_s=limits.figures_s,
    )
