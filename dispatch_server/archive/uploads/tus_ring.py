"""A ring around the uploads' addresses: tus 1.0 wants its version in every request and in every answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dispatch_server.archive.uploads.headers import VERSION
from dispatch_server.web.problems import problem

PLACE = "/api/v1/uploads"
OVERRIDABLE = frozenset({"PATCH", "DELETE", "HEAD"})


class TusRing:
    """Another version is answered with 412 before anything is looked at."""

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
                MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
            await send(message)

        if scope["method"] != "OPTIONS" and headers.get("tus-resumable") != VERSION:
            sentence = f"Tus-Resumable must be {VERSION}."
            answer = problem(scope, 412, "tus_version", sentence, headers={"Tus-Version": VERSION})
            await answer(scope, receive, with_version)
            return
        await self.app(scope, receive, with_version)
