"""Counts requests and times them, and refuses what is too much or too large before anybody reads it."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch_server.runtime.counters import Counters
from dispatch_server.web.problems import problem

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class InHand:
    """Requests that are being answered."""

    now: int = 0


class Measure:
    """The server's `requests_in_hand` and `header_bytes`, and one observation for each answer."""

    def __init__(self, app: ASGIApp, counters: Counters, in_hand: int, header_bytes: int) -> None:
        self.app = app
        self.counters = counters
        self.most = in_hand
        self.header_bytes = header_bytes
        self.requests = InHand()
        counters.gauge("http_requests_in_hand", "Requests that are being answered.", lambda: self.requests.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        begun = loop.time()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self.requests.now += 1
        try:
            refused = self._refusal(scope)
            if refused:
                self.counters.dropped("http", f"status {refused}")
                retry_after_s = 1 if refused == 503 else None
                answer = problem(scope, refused, retry_after_s=retry_after_s, headers={"Connection": "close"})
                await answer(scope, receive, noted)
            else:
                await self.app(scope, receive, noted)
        finally:
            self.requests.now -= 1
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            self.counters.request_answered(method, status, loop.time() - begun)

    def _refusal(self, scope: Scope) -> int:
        names = {name for name, _ in scope["headers"]}
        if b"content-length" in names and b"transfer-encoding" in names:
            return 400  # two ends may see two different ends of it (RFC 9112 6.1)
        # One read of the socket can bring more header than h11's limit for unfinished ones.
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        size += sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > self.header_bytes:
            return 431
        return 503 if self.requests.now > self.most else 0
