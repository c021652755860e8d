"""A terminal that is watched, and how soon everything that it had is over once it is revoked."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.light_viewer import LightViewer
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.dtls_context import DtlsContext
from terminals import world
from terminals.access import Access
from terminals.device_key import DeviceKey
from terminals.signals import AccessToken, SignalClient, State
from tests.e2e.earnest import Earnest
from tests.e2e.signed_in import Signed
from tests.waiting import until, until_async

PACKETS = 100
SOON_S = 5.0
STILL_S = 0.3


@dataclass
class Ended:
    """Seconds from the revocation to the end of each."""

    stream: float
    pictures: float
    socket: float
    token: float


def is_live(operator: Signed, number: str) -> bool:
    streams = operator.gets("/api/v1/streams")["streams"]
    return any(one["source"] == number and one["state"] == "live" for one in streams)


@dataclass
class Watched:
    """What one terminal has open, and whether each of it still stands."""

    node: Earnest
    operator: Signed
    number: str
    viewer: LightViewer
    socket: SignalClient
    token: str

    async def token_refused(self) -> bool:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx2.AsyncClient(verify=self.node.trust, timeout=20) as client:
            answer = await client.post(f"{self.node.url}/api/v1/terminal/heartbeat", json={}, headers=headers)
        return answer.status_code == 401

    async def stream_gone(self) -> bool:
        return not await asyncio.to_thread(is_live, self.operator, self.number)

    async def pictures_gone(self) -> bool:
        """None in the last tenths of a second."""
        seen = self.viewer.seen.packets
        await asyncio.sleep(STILL_S)
        return self.viewer.seen.packets == seen

    def socket_gone(self) -> bool:
        return self.socket.state is not State.OPEN

    async def over(self) -> list[bool]:
        return [await self.stream_gone(), await self.pictures_gone(), self.socket_gone(), await self.token_refused()]

    async def ended_by(self, revoke: Callable[[], None]) -> Ended:
        assert await self.over() == [False] * 4, "what is timed stands before"
        begun = time.monotonic()
        await asyncio.to_thread(revoke)

        async def since(what: str, gone: Callable[[], Any]) -> float:
            await until_async(gone, SOON_S, f"the end of the {what}")
            return time.monotonic() - begun

        seconds = await asyncio.gather(
            since("stream", self.stream_gone),
            since("pictures", self.pictures_gone),
            since("socket", self.socket_gone),
            since("token", self.token_refused),
        )
        return Ended(seconds[0], seconds[1] - STILL_S, seconds[2], seconds[3])


async def watch_and_revoke(
    node: Earnest, operator: Signed, number: str, key: Path, revoke: Callable[[], None]
) -> Ended:
    """Pictures arrive over WHEP and the device's socket is open; then `revoke`, and the end of each is timed."""
    issued = operator.asks("POST", "/api/v1/media-tokens", 201, {"direction": "watch", "target": number})
    context = DtlsContext(make_certificate(os.urandom, world.utc_us()))
    async with httpx2.AsyncClient(verify=node.trust, timeout=20) as client:
        viewer = LightViewer(client, node.url + issued["url"], issued["token"], context, "127.0.0.1")
        await viewer.join()
        await viewer.first_frame()
        await until_async(lambda: viewer.seen.packets > PACKETS, 20, "packets of the picture")
        token = await Access(DeviceKey.read(key), client, key).token()

        async def shown() -> AccessToken:
            return AccessToken(token, 60)

        socket = SignalClient(f"{node.url.replace('http', 'ws', 1)}/ws/terminal", shown, lambda _: None, node.trust)
        talking = asyncio.create_task(socket.run())
        try:
            await until_async(lambda: socket.state is State.OPEN, 10, "the device's socket")
            return await Watched(node, operator, number, viewer, socket, token).ended_by(revoke)
        finally:
            talking.cancel()
            await asyncio.wait([talking])
            await viewer.leave()


def recording_of(operator: Signed, number: str) -> dict[str, Any]:
    """Once some of it is on the disk."""

    def kept() -> dict[str, Any] | None:
        recordings = operator.gets(f"/api/v1/recordings?source={number}")["recordings"]
        found = next((one for one in recordings if one["kept_us"] > 2_000_000), None)
        return dict(found) if found is not None else None

    return until(kept, 30, f"a recording of {number}")
