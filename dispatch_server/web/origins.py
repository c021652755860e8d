"""Which page a request comes from: a foreign one may change nothing here and open no WebSocket."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch_server.web.problems import problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Bearer tokens, not cookies, open these; their own routes answer foreign pages (WHIP and WHEP clients).
BY_TOKEN = ("/whip/", "/whep/")


class OriginCheck:
    """
    Refuses what a browser sends on behalf of a foreign page (Fetch standard: Origin, Sec-Fetch-Site).

    A request with neither header comes from no page; SameSite cookies stay the second wall.
    """

    def __init__(self, app: ASGIApp, own: Sequence[str]) -> None:
        self.app = app
        self.own = frozenset(urlsplit(url).netloc.lower() for url in own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if self._is_foreign(Headers(scope=scope)):
                await send({"type": "websocket.close", "code": 1008})  # before accepting: HTTP 403
                return
        elif scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            by_token = scope["path"].startswith(BY_TOKEN) and "cookie" not in headers
            if not by_token and self._is_foreign(headers):
                answer = problem(scope, 403, "foreign_origin", "The request comes from another site's page.")
                await answer(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        place = urlsplit(origin).netloc.lower()
        # "null" (a sandboxed page or a file) has no place, so it is foreign. The scheme may differ behind a proxy.
        return not place or (place != headers.get("host", "").lower() and place not in self.own)
