"""The body of a request: an absolute deadline for short ones, a stall deadline and a limit for uploads."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
