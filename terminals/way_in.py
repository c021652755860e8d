"""As whom this terminal publishes: as an enrolled device, or with a publish key."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
from pydantic import ValidationError

from dispatch_server.protocol.terminal import Heartbeat, HeartbeatAnswer
from terminals.access import Access
from terminals.device_key import DeviceKey
from terminals.enrolment import own_version
from terminals.health import read_health
from terminals.heartbeats import Heartbeats
from terminals.settings import ServerSection
from terminals.settings_file import TerminalSettingsWrong, read_publish_key
from terminals.signals import AccessToken, OnMessage, SignalClient, State
from terminals.whip import TIMEOUT_S, Refused, WhipClient

HEAD_FILE = "ledger-head.json"
ANSWER_S = 10.0


@dataclass(slots=True)
class WayIn:
    """`access` and what follows it: of an enrolled device only."""

    number: str
    client: WhipClient
    access: Access | None = None
    heartbeats: Heartbeats | None = None
    signals: SignalClient | None = None

    def beside(self, heartbeat_s: float) -> list[asyncio.Task[None]]:
        """What goes on while it publishes."""
        if self.access is None or self.heartbeats is None or self.signals is None:
            return []
        return [
            asyncio.create_task(self.signals.run(), name="signals"),
            asyncio.create_task(self.access.keep_fresh(), name="keep the token fresh"),
            asyncio.create_task(self.heartbeats.run(heartbeat_s), name="heartbeats"),
        ]

    async def close(self) -> None:
        if self.access is not None:
            await self.access.client.aclose()


def way_in(server: ServerSection, fingerprint: str, on_message: OnMessage = lambda message: None) -> WayIn:
    """The device's own key, where this device was enrolled, else the publish key. Raises a LocalFault."""
    verify = trust(server.ca_file)
    key_file = Path(server.device_key_file).expanduser()
    if not key_file.exists():
        secret = read_publish_key(Path(server.publish_key_file).expanduser())
        endpoint = f"{server.url.rstrip('/')}/whip/{server.terminal}"
        return WayIn(server.terminal, WhipClient(endpoint, secret.reveal(), verify))
    key = DeviceKey.read(key_file)
    access = Access(key, httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False), key_file)
    client = WhipClient(f"{key.server}/whip/{key.number}", partial(access.media_token, fingerprint), verify)
    trusted = verify if isinstance(verify, ssl.SSLContext) else None
    signals = SignalClient(socket_url(key.server), partial(access_token, access), on_message, trusted)
    read, head_file = partial(read_health, key_file.parent), key_file.with_name(HEAD_FILE)
    heartbeats = Heartbeats(access, read, head_file, own_version(), partial(say, signals, access))
    return WayIn(key.number, client, access, heartbeats, signals)


async def say(signals: SignalClient, access: Access, message: Heartbeat) -> HeartbeatAnswer:
    """Through the socket while it is open, else by HTTP."""
    if signals.state is State.OPEN:
        with contextlib.suppress(TimeoutError, ValidationError):
            received = await signals.ask(message, ANSWER_S)
            return HeartbeatAnswer.model_validate(received.body)
    return await access.heartbeat(message)


async def access_token(access: Access) -> AccessToken:
    """For the socket. Raises OSError when none can be had now."""
    try:
        return AccessToken(await access.token(), access.left_s())
    except (httpx2.HTTPError, Refused) as error:
        raise ConnectionError(str(error)) from error


def socket_url(server: str) -> str:
    """http → ws, https → wss."""
    return f"ws{server.removeprefix('http')}/ws/terminal"


def trust(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TerminalSettingsWrong(f"server.ca_file {ca_file}: {error}") from None
