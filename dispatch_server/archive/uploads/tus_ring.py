"""A ring around the uploads' addresses: tus 1.0 wants its version in every answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch_server.archive.uploads.headers import VERSION

PLACE = "/api/v1/uploads"
OVERRIDABLE = frozenset({"PATCH", "DELETE", "HEAD"})


class TusRing:
    """Whoever speaks another version is refused by the routes, which first ask who it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PLACE or path.startswith(f"{PLACE}/")):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        override = headers.get("x-http-method-override", "").upper()
        if scope["method"] == "POST" and override in OVERRIDABLE:
            scope = {**scope, "method": override}  # for what stands between that knows no PATCH

        async def with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["Tus-Resumable"] = VERSION
                if message["status"] == 412:
                    answer["Tus-Version"] = VERSION
            await send(message)

        await self.app(scope, receive, with_version)
