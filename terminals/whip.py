"""The HTTP side of publishing (RFC 9725): offer, answer, restart, end."""

import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
TIMEOUT_S = 10.0
PROBE_TIMEOUT_S = 3.0
GONE = (401, 403, 404, 410)
BAD_ANSWER = 502  # what is no answer counts as this: asking again may help


class Refused(Exception):
    """The server said no; `retry` tells whether asking again later may help."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.retry = status >= 500 or status in (408, 409, 425, 429)


@dataclass(frozen=True, slots=True)
class Resource:
    """One session at the server: where it is and what continues it."""

    answer: str
    url: str
    etag: str
    session_key: str | None


class WhipClient:
    """
    Talks to one server. `token`: a publish key, or where to ask for a media token before each offer. `verify` holds
    the county's own authority, or is True for the public ones.
    """

    def __init__(
        self, endpoint: str, token: str | Callable[[], Awaitable[str]], verify: ssl.SSLContext | bool = True
    ) -> None:
        self.endpoint = endpoint
        self._ask_token = token if callable(token) else None
        self._token = token if isinstance(token, str) else ""
        self._client = httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False)

    async def offer(self, sdp: str, session_key: str | None = None) -> Resource:
        """Publish. Raises Refused, or httpx2.HTTPError when the server cannot be reached."""
        if self._ask_token is not None:
            self._token = await self._ask_token()
        headers = {"Content-Type": SDP}
        if session_key is not None:
            headers["Session-Key"] = session_key
        response = await self._send("POST", self.endpoint, sdp, headers)
        if response.status_code != 201:
            raise Refused(response.status_code, reason_of(response))
        if not response.headers.get("Location"):
            raise Refused(BAD_ANSWER, "the server's answer names no session")
        return Resource(
            answer=response.text,
            url=urljoin(self.endpoint, response.headers["Location"]),
            etag=response.headers.get("ETag", "*"),
            session_key=response.headers.get("Session-Key"),
        )

    async def knows(self, resource: Resource, fragment: str) -> bool:
        """Whether the server still has the session; `fragment` names the credentials in use and so changes nothing."""
        headers = {"Content-Type": FRAGMENT, "If-Match": "*"}
        response = await self._send("PATCH", resource.url, fragment, headers, PROBE_TIMEOUT_S)
        return response.status_code not in GONE

    async def end(self, resource: Resource) -> None:
        await self._send("DELETE", resource.url, None, {})

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(
        self, method: str, url: str, body: str | None, headers: dict[str, str], timeout_s: float = TIMEOUT_S
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token}", **headers}
        return await self._client.request(method, url, content=body, headers=headers, timeout=timeout_s)


def reason_of(response: httpx2.Response) -> str:
    """The sentence of a problem body (RFC 9457), or the start of whatever came."""
    if "json" in response.headers.get("Content-Type", ""):
        with contextlib.suppress(ValueError, RecursionError):
            body = response.json()
            if isinstance(body, dict):
                return str(body.get("detail") or body.get("title"))
    return response.text[:200]
