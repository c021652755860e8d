"""Headers of every answer."""

import pytest

from dispatch_server.web.headers import FOR_EVER, SecurityHeaders
from tests.unit.web.asgi import Headers, answering, call

FROM_THE_LIST = ("default-src 'self'", "media-src 'self' blob:", "worker-src 'self' blob:", "frame-ancestors 'none'")


async def test_a_page_may_load_only_what_is_ours_and_nobody_may_frame_it() -> None:
    told = await call(SecurityHeaders(answering()))
    policy = told.headers["content-security-policy"]
    assert all(part in policy for part in FROM_THE_LIST)
    assert "unsafe" not in policy
    assert told.headers["x-content-type-options"] == "nosniff"
    assert told.headers["referrer-policy"] == "no-referrer"
    assert told.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("scheme", "there"), [("http", False), ("https", True)])
async def test_strict_transport_only_over_tls(scheme: str, there: bool) -> None:
    told = await call(SecurityHeaders(answering()), scheme=scheme)
    assert ("strict-transport-security" in told.headers) is there


@pytest.mark.parametrize(
    ("path", "status", "own", "rule"),
    [
        ("/assets/a-1234.js", 200, {"ETag": '"1"'}, FOR_EVER),
        ("/assets/a-1234.js", 304, {}, FOR_EVER),
        ("/assets/a-1234.js", 404, {}, "no-store"),
        ("/assets/a-1234.js", 200, {"Content-Type": "text/html; charset=utf-8", "ETag": '"1"'}, "no-cache"),
        ("/", 200, {"ETag": '"1"', "Content-Type": "text/html"}, "no-cache"),
        ("/api/v1/streams", 200, {}, "no-store"),
        ("/api/v1/streams", 200, {"Cache-Control": "private, max-age=5"}, "private, max-age=5"),
        ("/whip/1", 201, {"ETag": '"1"'}, "no-store"),
    ],
)
async def test_how_long_an_answer_may_be_kept(path: str, status: int, own: Headers, rule: str) -> None:
    told = await call(SecurityHeaders(answering(status, own)), path=path)
    assert told.headers["cache-control"] == rule


async def test_what_an_answer_set_itself_stays() -> None:
    told = await call(SecurityHeaders(answering(headers={"Content-Security-Policy": "sandbox"})))
    assert told.headers["content-security-policy"] == "sandbox"
