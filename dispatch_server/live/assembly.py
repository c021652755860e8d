"""Puts this room together out of what wiring hands in."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import APIRouter

from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.rates import Rate
from dispatch_server.live.credentials import Doorkeeper
from dispatch_server.live.keys import PublishKeys
from dispatch_server.live.limits import LiveLimits
from dispatch_server.live.on_air import StreamBook
from dispatch_server.live.ports import (
    BusPort,
    KeyStorePort,
    MediaPort,
    PicturePort,
    PresencePort,
    RecordingPort,
    StreamStorePort,
    WorldPort,
)
from dispatch_server.live.publish_keys import KeyRing
from dispatch_server.live.roster import Roster
from dispatch_server.live.routes import live_routes
from dispatch_server.live.service import LiveService
from dispatch_server.live.sessions import SessionBook
from dispatch_server.live.tokens import TokenBox
from dispatch_server.live.upkeep import Upkeep
from dispatch_server.live.wall import Wall
from dispatch_server.runtime.counters import Reading

MINUTE_S = 60.0
LONGEST_TOKEN_LIFE_S = 60.0


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that this room needs of others."""

    media: MediaPort
    bus: BusPort
    world: WorldPort
    stream_store: StreamStorePort
    key_store: KeyStorePort
    report: Callable[[str, BaseException], None]
    recorder: Recorder
    pictures: PicturePort | None = None
    recordings: RecordingPort | None = None
    presence: PresencePort | None = None


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """`live` is also the engine's listener; `upkeep.start()` comes first, `upkeep.run()` goes on beside."""

    live: LiveService
    keys: PublishKeys
    wall: Wall
    upkeep: Upkeep
    recorder: Recorder

    def routers(self) -> tuple[APIRouter, ...]:
        return live_routes(self.live, self.keys, self.wall, self.recorder)

    def readings(self) -> list[Reading]:
        """What is there now, and what bounds have refused or dropped."""
        live, door = self.live, self.live.doorkeeper
        there = {
            "live_streams": len(live.streams),
            "live_sessions": len(live.sessions),
            "live_unused_tokens": len(live.tokens),
            "live_unsaved_streams": live.streams.unsaved,
        }
        refused = {
            "sessions": live.sessions.refused,
            "tokens": live.tokens.refused,
            "posts": door.posts.refused,
            "patches": door.patches.refused,
            "asks for tokens": door.terminal_asks.refused + door.sign_in_asks.refused,
            "wrong tokens": door.refusals.refused,
        }
        dropped = {
            "unsaved streams": live.streams.unsaved_dropped,
            "post rates": door.posts.forgotten,
            "patch rates": door.patches.forgotten,
            "ask rates": door.terminal_asks.forgotten + door.sign_in_asks.forgotten,
            "wrong token rates": door.refusals.forgotten,
        }
        return [
            *(Reading(name, value, kind="gauge") for name, value in there.items()),
            *(Reading("live_refused", value, "Over a bound.", {"what": name}) for name, value in refused.items()),
            *(Reading("live_dropped", value, "Forgotten.", {"what": name}) for name, value in dropped.items()),
            Reading("live_upkeep_failures", self.upkeep.failures, "Rounds without a database."),
        ]


def assemble(outside: Outside, roster: Roster, limits: LiveLimits) -> LiveRoom:
    """Building does no I/O. No setting makes a media token live longer than a minute."""
    limits = replace(limits, token_life_s=min(limits.token_life_s, LONGEST_TOKEN_LIFE_S))
    streams = StreamBook(limits.unsaved_streams)
    sessions = SessionBook(limits.sessions)
    tokens = TokenBox(
        outside.world.chance, limits.token_life_s, limits.tokens, limits.tokens_of_terminal, limits.tokens_of_sign_in
    )
    ring = KeyRing()
    live = LiveService(
        media=outside.media,
        bus=outside.bus,
        world=outside.world,
        limits=limits,
        streams=streams,
        sessions=sessions,
        tokens=tokens,
        doorkeeper=_doorkeeper(tokens, ring, streams, limits),
        department_of=roster.department_of,
        may_publish=roster.may_publish,
    )
    keys = PublishKeys(outside.world, outside.key_store, ring, roster, live, outside.recorder, limits.publish_keys)
    wall = Wall(
        roster,
        streams,
        sessions,
        outside.media,
        outside.world,
        outside.pictures,
        outside.recordings,
        outside.presence,
        limits.figures_s,
    )
    return LiveRoom(live, keys, wall, Upkeep(live, keys, outside.stream_store, outside.report), outside.recorder)


def _doorkeeper(tokens: TokenBox, ring: KeyRing, streams: StreamBook, limits: LiveLimits) -> Doorkeeper:
    def of(tries: int) -> Rate:
        return Rate(tries, MINUTE_S, limits.rate_keys)

    return Doorkeeper(
        tokens,
        ring,
        streams,
        posts=of(limits.posts_per_minute),
        refusals=of(limits.refusals_per_minute),
        patches=of(limits.patches_per_minute),
        terminal_asks=of(limits.asks_of_terminal),
        sign_in_asks=of(limits.asks_of_sign_in),
    )
