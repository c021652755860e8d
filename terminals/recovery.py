"""Bringing a silent session back: new sockets until the server is heard again, or says that it has forgotten us."""

import asyncio
import contextlib
from dataclasses import dataclass

import httpx2

from dispatch_server.media.abilities import LocalTransport
from dispatch_server.media.link.states import LinkState
from dispatch_server.media.negotiate import write_restart_fragment
from terminals import world
from terminals.pump import Pump
from terminals.whip import Resource, WhipClient

LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of the session that went silent."""

    wire: Pump
    client: WhipClient
    resource: Resource
    local: LocalTransport
    local_host: str


async def recover(session: Session, rebind_s: float, probe_s: float) -> bool:
    """
    Until the session goes on (True) or is gone for good (False).

    Media is sent meanwhile as long as the link has an address: perhaps only the way back is cut.
    """
    hearing = asyncio.ensure_future(_until_heard(session, rebind_s))
    asking = asyncio.ensure_future(_until_forgotten(session, probe_s))
    try:
        await asyncio.wait((hearing, asking), return_when=asyncio.FIRST_COMPLETED)
        return hearing.done() and hearing.result()
    finally:
        for task in (hearing, asking):
            task.cancel()
        await asyncio.gather(hearing, asking, return_exceptions=True)


async def _until_heard(session: Session, rebind_s: float) -> bool:
    wire = session.wire
    began, rebind_at = wire.heard_at, world.monotonic()
    while True:
        peer = wire.peer
        if peer is None or peer.link.ended:
            return False
        if wire.heard_at > began and peer.link.state is LinkState.CONNECTED:
            return True
        if world.monotonic() >= rebind_at:
            rebind_at = world.monotonic() + rebind_s
            with contextlib.suppress(OSError):  # without a network there is no such local address
                wire.rebind(session.local_host)
        await asyncio.sleep(LOOK_S)


async def _until_forgotten(session: Session, probe_s: float) -> None:
    """Ask by HTTP; an answer that does not come says nothing."""
    fragment = write_restart_fragment(session.local)
    while True:
        with contextlib.suppress(httpx2.HTTPError, OSError):
            if not await session.client.knows(session.resource, fragment):
                return
        await asyncio.sleep(probe_s)
