"""A terminal enrols, opens its socket, is heard and seen; its revocation closes the socket within seconds."""

import asyncio
import os
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from dispatch_server.protocol.terminal import Heartbeat
from terminals.conversation import Received
from terminals.signals import AccessToken, SignalClient, State
from tests.e2e.node import Node
from tests.waiting import until_async

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NUMBER = "T0101"


@dataclass
class Device:
    """A key of its own, and what it was told when it enrolled."""

    node: Node
    key: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519"))
    told: dict[str, Any] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def enrol(self) -> None:
        issued = self.node.client().post(f"/api/v1/devices/{NUMBER}/enrolment-code")
        assert issued.status_code == 201, issued.text
        jwk = {name: self.key.as_dict(private=False)[name] for name in ("kty", "crv", "x")}
        answer = self.node.client().post(
            "/api/v1/terminals/enrol", json={"code": issued.json()["code"], "public_key": jwk}
        )
        assert answer.status_code == 201, answer.text
        self.told = answer.json()

    async def token(self) -> AccessToken:
        """Raises OSError when the server gives none."""
        now, name = int(time.time()), self.told["number"]
        claims = {
            "iss": name,
            "sub": name,
            "aud": self.told["audience"],
            "iat": now,
            "exp": now + 50,
            "jti": urlsafe_b64encode(os.urandom(18)).decode(),
        }
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self.key.thumbprint()}
        assertion = jwt.encode(header, claims, self.key, algorithms=["Ed25519"])
        form = {"grant_type": GRANT, "assertion": assertion}
        answer = await asyncio.to_thread(self.node.client().post, "/api/v1/terminals/token", data=form)
        if answer.status_code != 200:
            raise OSError(answer.text)
        return AccessToken(answer.json()["access_token"], answer.json()["expires_in"])

    def client(self) -> SignalClient:
        address = f"{self.node.url.replace('http', 'ws', 1)}{self.told['signals_path']}"
        return SignalClient(address, self.token, self.received.append, first_pause_s=0.1, longest_pause_s=0.5)


def state_of(node: Node) -> str:
    terminals = node.get("/api/v1/terminals")["terminals"]
    return str(next(one["state"] for one in terminals if one["number"] == NUMBER))


async def test_from_enrolment_to_revocation(node: Node) -> None:
    device = Device(node)
    await asyncio.to_thread(device.enrol)
    client = device.client()
    running = asyncio.create_task(client.run())
    try:
        await until_async(lambda: client.state is State.OPEN or running.done(), 10, "the open socket")
        answer = await client.ask(Heartbeat(battery_percent=80, charging=False))
        assert answer.type == "heartbeat_answer"
        assert abs(answer.body["server_utc_us"] - time.time_ns() // 1000) < 5_000_000
        await until_async(lambda: asyncio.to_thread(lambda: state_of(node) == "online"), 10, "its presence")
        begun = time.monotonic()
        revoked = await asyncio.to_thread(
            node.client().post, f"/api/v1/devices/{NUMBER}/revoke", json={"reason": "lost in the market"}
        )
        assert revoked.status_code == 200, revoked.text
        await until_async(lambda: client.state is not State.OPEN, 5, "the end of its socket")
        assert time.monotonic() - begun < 5
        assert [one.body["code"] for one in device.received if one.type == "bye"] == ["session_ended"]
    finally:
        running.cancel()
        await asyncio.wait([running])
