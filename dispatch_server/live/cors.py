"""Headers that WHIP and WHEP answers carry, refusals too: CORS for players of foreign pages, and the 401 challenge."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch_server.live.http import EXPOSED, SESSION_KEY

PREFIXES = ("/whip/", "/whep/")
METHODS = "GET, POST, PATCH, PUT, DELETE, OPTIONS"
ASKED = f"Authorization, Content-Type, If-Match, {SESSION_KEY}"


class MediaHeaders:
    """
    ASGI middleware around the whole application, because refusals are written outside of the routes.

    Any origin may use WHIP and WHEP: they know no cookie, and the bearer token is the right to use them. No
    Access-Control-Allow-Credentials is ever sent.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...] = ("*",)) -> None:
        self.app = app
        self.origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._allow(headers, asked.get("origin"))
                if message["status"] == 401:
                    shown = "authorization" in asked
                    headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if shown else "Bearer"
                if scope["method"] == "OPTIONS":
                    headers["Access-Control-Allow-Methods"] = METHODS
                    headers["Access-Control-Allow-Headers"] = ASKED
                    headers["Access-Control-Max-Age"] = "600"
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _allow(self, headers: MutableHeaders, origin: str | None) -> None:
        if "*" in self.origins:
            headers["Access-Control-Allow-Origin"] = "*"
        elif origin is not None:
            headers.add_vary_header("Origin")
            if origin not in self.origins:
                return
            headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED)
