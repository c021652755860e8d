"""All routes of this room."""

from fastapi import APIRouter

from dispatch_server.identity.recording import Recorder
from dispatch_server.live.api import key_routes, wall_routes
from dispatch_server.live.keys import PublishKeys
from dispatch_server.live.service import LiveService
from dispatch_server.live.wall import Wall
from dispatch_server.live.whep import whep_routes
from dispatch_server.live.whip import whip_routes


def live_routes(live: LiveService, keys: PublishKeys, wall: Wall, recorder: Recorder) -> tuple[APIRouter, ...]:
    return whip_routes(live), whep_routes(live), wall_routes(live, wall, recorder), key_routes(keys)
