"""As whom this terminal publishes: as an enrolled device, or with a publish key."""

import asyncio
import ssl
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2

from terminals.access import Access
from terminals.device_key import DeviceKey
from terminals.enrolment import own_version
from terminals.health import read_health
from terminals.heartbeats import Heartbeats
from terminals.settings import ServerSection
from terminals.settings_file import TerminalSettingsWrong, read_publish_key
from terminals.whip import TIMEOUT_S, WhipClient

HEAD_FILE = "ledger-head.json"


@dataclass(slots=True)
class WayIn:
    """`access` and `heartbeats`: of an enrolled device only."""

    number: str
    client: WhipClient
    access: Access | None = None
    heartbeats: Heartbeats | None = None

    def beside(self, heartbeat_s: float) -> list[asyncio.Task[None]]:
        """What goes on while it publishes."""
        if self.access is None or self.heartbeats is None:
            return []
        return [
            asyncio.create_task(self.access.keep_fresh(), name="keep the token fresh"),
            asyncio.create_task(self.heartbeats.run(heartbeat_s), name="heartbeats"),
        ]

    async def close(self) -> None:
        if self.access is not None:
            await self.access.client.aclose()


def way_in(server: ServerSection, fingerprint: str) -> WayIn:
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
    heartbeats = Heartbeats(access, partial(read_health, key_file.parent), key_file.with_name(HEAD_FILE), own_version())
    return WayIn(key.number, client, access, heartbeats)


def trust(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise TerminalSettingsWrong(f"server.ca_file {ca_file}: {error}") from None
