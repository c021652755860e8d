"""Headers of every answer: what a page may load and who may frame it, and how long an answer may be kept."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# blob: is where hls.js puts media and its worker; data: are the icons of the component library's stylesheet.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(self)",
}
STRICT_TRANSPORT = "max-age=31536000"
FOR_EVER = "public, max-age=31536000, immutable"
HASHED = "/assets/"  # the build puts a digest into each of these names


class SecurityHeaders:
    """What an answer has set itself stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
                headers.setdefault("Cache-Control", _cache_rule(scope["path"], message["status"], headers))
            await send(message)

        await self.app(scope, receive, with_headers)


def _cache_rule(path: str, status: int, headers: MutableHeaders) -> str:
    is_page = headers.get("content-type", "").startswith("text/html")  # the first page, for a name that is not there
    if path.startswith(HASHED) and status in (200, 206, 304) and not is_page:
        return FOR_EVER
    # What has a validator may be kept and asked about; all else is for this reader and this moment.
    return "no-cache" if "etag" in headers and status in (200, 206, 304) else "no-store"
