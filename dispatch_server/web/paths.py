"""What no address of ours holds: a NUL, which databases do not take in a text and nobody types."""

from starlette.types import ASGIApp, Receive, Scope, Send

from dispatch_server.web.problems import problem


class NoNul:
    """Refused before any room asks its database for something of such a name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
            await problem(scope, 422, detail="An address holds no NUL.")(scope, receive, send)
            return
        await self.app(scope, receive, send)
