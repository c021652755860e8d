"""The body of a request: its size, an absolute deadline for short ones, a stall deadline for uploads."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch_server.web.problems import problem

_KEY = "dispatch.body"


@dataclass(slots=True)
class _Budget:
    end: float | None  # loop time by which the whole body is here; None: uploads
    stalled_s: float


class BodyDeadline:
    """A body that takes too long is answered with 408. What a route reads after the body (disconnect) may wait."""

    def __init__(self, app: ASGIApp, body_s: float, stalled_s: float) -> None:
        self.app = app
        self.body_s = body_s
        self.stalled_s = stalled_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        budget = _Budget(loop.time() + self.body_s, self.stalled_s)
        scope[_KEY] = budget
        whole = False

        async def receive_in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            end = budget.end if budget.end is not None else loop.time() + budget.stalled_s
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)


def slow_body() -> Any:
    """
    `Depends` for a route that streams an upload: only a stall ends it, not its length in time.

    Its size needs `max_body_size=` at the route; a route that lets the framework read its body gets no use of this.
    """

    async def allow(request: Request) -> None:
        request.scope[_KEY].end = None

    return Depends(allow)


class BodyLimit:
    """
    The framework's limit inside our rings, with a problem for its plain text. A route's `max_body_size=` replaces it.

    As a setting of the application it would answer before any ring adds its headers.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self.limited = RequestBodyLimitMiddleware(app, limit_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def watched(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == 413:
                refused = any(
                    name == b"content-type" and value[:10] == b"text/plain" for name, value in message["headers"]
                )
            if not refused:
                await send(message)

        try:
            await self.limited(scope, receive, watched)
        except ExceptionGroup:  # a streaming answer reads and writes in two tasks, and both meet the limit
            if not refused:
                raise
        if refused:
            await problem(scope, 413, headers={"Connection": "close"})(scope, receive, send)
