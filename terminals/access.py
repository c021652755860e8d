"""This device's way in while it works: an access token that is always fresh, and what is asked with it."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2
from pydantic import ValidationError

from dispatch_server.protocol.terminal import Heartbeat, HeartbeatAnswer, TokenAnswer
from terminals import world
from terminals.device_key import DeviceKey, DeviceKeyWrong, new_file
from terminals.whip import BAD_ANSWER, Refused, reason_of

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
RENEW_AT = 2 / 3  # of its life: a server that is away for minutes then costs nothing
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
CLOCK_TOLERANCE_S = 5.0
REFUSED_S = 60.0  # a device that is refused is asked for by much on board: the server hears of it once a minute
UNAUTHORISED = 401
MICROSECONDS = 1_000_000


@dataclass(slots=True)
class Access:
    """
    One device at one server. A device whose clock is wrong is told so by the server's Date, and signs by that one:
    the clock itself stays as it is, and its offset is reported.
    """

    key: DeviceKey
    client: httpx2.AsyncClient
    path: Path  # where the key is kept
    clock_offset_us: int = 0  # the server's clock minus ours
    refused: str = ""  # why the server wants nothing of this device any more
    _token: str = ""
    _renew_at: float = 0.0
    _expires_at: float = 0.0
    _ask_again_at: float = float("-inf")  # after a refusal
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> str:
        """A token that holds. Raises Refused, or httpx2.HTTPError when the server is away and the old one is over."""
        async with self._turn:
            now = world.monotonic()
            if self.refused and now < self._ask_again_at:
                raise Refused(UNAUTHORISED, self.refused)
            if now >= self._renew_at:
                try:
                    await self._renew()
                except (httpx2.HTTPError, OSError, Refused):
                    if now >= self._expires_at or self.refused:
                        raise
            return self._token

    def left_s(self) -> float:
        """How long the token that we have still holds."""
        return max(0.0, self._expires_at - world.monotonic())

    async def media_token(self, fingerprint: str) -> str:
        """For one publication under this certificate."""
        response = await self._ask("POST", "/api/v1/terminal/media-tokens", {"fingerprint": fingerprint})
        if response.status_code != 201:
            raise Refused(response.status_code, reason_of(response))
        with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
            return str(response.json()["token"])
        raise Refused(BAD_ANSWER, "the server's answer is no token")

    async def heartbeat(self, message: Heartbeat) -> HeartbeatAnswer:
        body = message.model_dump(exclude_none=True)
        response = await self._ask("POST", "/api/v1/terminal/heartbeat", body)
        if response.status_code != 200:
            raise Refused(response.status_code, reason_of(response))
        return HeartbeatAnswer.model_validate_json(response.content)

    async def keep_fresh(self) -> None:
        """Until cancelled: renew before it is over, ever more patiently; who is refused may be let in again."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self.token()
                pause_s = FIRST_PAUSE_S
                await asyncio.sleep(max(self._renew_at - world.monotonic(), FIRST_PAUSE_S))
            except (httpx2.HTTPError, OSError, Refused):
                await asyncio.sleep(pause_s * (0.5 + world.chance(1)[0] / 512))
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def roll_over(self) -> None:
        """
        Replace the key by a new one. It is on the disk before the server takes it, and is found there should the
        server's answer be lost. Raises Refused.
        """
        await self.token()
        new = DeviceKey.make().following(self.key)
        by_old, by_new = self.key.vouch_for(new, self._utc_us())
        new.write(new_file(self.path))
        response = await self._ask("POST", "/api/v1/terminal/key", {"by_old": by_old, "by_new": by_new})
        if response.status_code != 201:
            raise Refused(response.status_code, reason_of(response))
        self._adopt(new)
        self._renew_at = self._expires_at = 0.0

    async def ask(
        self, method: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Any question with this device's token. Raises Refused, httpx2.HTTPError, OSError when there is no answer."""
        url = f"{self.key.server}{path}"
        for last in (False, True):
            with_token = {**(headers or {}), "Authorization": f"Bearer {await self.token()}"}
            response = await self.client.request(method, url, content=content, headers=with_token)
            if response.status_code != 401 or last:
                break
            self.forget_token()
        return response

    def forget_token(self) -> None:
        """The server does not know it any more: the next question asks for another one."""
        self._renew_at = self._expires_at = 0.0

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> httpx2.Response:
        """Once more with a fresh token when the server does not know the one that we have."""
        headers = {"Authorization": f"Bearer {await self.token()}"}
        response = await self.client.request(method, f"{self.key.server}{path}", json=body, headers=headers)
        if response.status_code != 401:
            return response
        self._renew_at = self._expires_at = 0.0
        headers = {"Authorization": f"Bearer {await self.token()}"}
        return await self.client.request(method, f"{self.key.server}{path}", json=body, headers=headers)

    async def _renew(self) -> None:
        response = await self._post_assertion()
        if response.status_code == 401 and self._learn_clock(response):
            response = await self._post_assertion()
        if response.status_code == 401:
            response = await self._try_new_key() or response
        if response.status_code != 200:
            refused = Refused(response.status_code, reason_of(response))
            if not refused.retry:
                self.refused = reason_of(response) or str(refused)
                self._ask_again_at = world.monotonic() + REFUSED_S
            raise refused
        try:
            answer = TokenAnswer.model_validate_json(response.content)
        except ValidationError:
            raise Refused(BAD_ANSWER, "the server's answer is no token") from None
        now = world.monotonic()
        self.refused = ""
        self._token = answer.access_token
        self._renew_at, self._expires_at = now + answer.expires_in * RENEW_AT, now + answer.expires_in

    async def _try_new_key(self) -> httpx2.Response | None:
        """Another program of this device may have replaced the key, or the server took one and its answer was lost."""
        for file in (self.path, new_file(self.path)):
            try:
                new = DeviceKey.read(file)
            except DeviceKeyWrong:
                continue
            if new.number != self.key.number or new.server != self.key.server or new.public == self.key.public:
                continue
            response = await self._post_assertion(new)
            if response.status_code == 200:
                self._adopt(new)
                return response
        return None

    def _adopt(self, new: DeviceKey) -> None:
        new.write(self.path)
        new_file(self.path).unlink(missing_ok=True)
        self.key = new

    async def _post_assertion(self, key: DeviceKey | None = None) -> httpx2.Response:
        form = {"grant_type": GRANT, "assertion": (key or self.key).assertion(self._utc_us())}
        return await self.client.post(f"{self.key.server}/api/v1/terminals/token", data=form)

    def _learn_clock(self, response: httpx2.Response) -> bool:
        """Whether our clock was wrong enough to be the reason, by the server's Date (RFC 9110 section 6.6.1)."""
        with contextlib.suppress(KeyError, ValueError, TypeError, OverflowError):
            server_us = int(parsedate_to_datetime(response.headers["date"]).timestamp() * MICROSECONDS)
            offset_us = server_us - world.utc_us()
            if abs(offset_us - self.clock_offset_us) > CLOCK_TOLERANCE_S * MICROSECONDS:
                self.clock_offset_us = offset_us
                return True
        return False

    def _utc_us(self) -> int:
        return world.utc_us() + self.clock_offset_us
