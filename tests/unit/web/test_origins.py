"""Which page a request comes from."""

import pytest

from dispatch_server.web.origins import OriginCheck
from tests.unit.web.asgi import Headers, answering, call

OWN = ["https://dispatch.example:8443"]
HOST = {"Host": "10.0.0.5:8080"}
COOKIE = {"Cookie": "session=1"}


async def status(method: str, path: str, headers: Headers) -> int:
    return (await call(OriginCheck(answering(), OWN), method, path, HOST | headers)).status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://evil.example"} | COOKIE,
        {"Origin": "null"} | COOKIE,
        {"Origin": ""} | COOKIE,
        {"Origin": "http://10.0.0.5:8080.evil.example"},
        {"Origin": "http://10.0.0.5:9999"},
        {"Sec-Fetch-Site": "cross-site"} | COOKIE,
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_foreign_page_changes_nothing(method: str, headers: Headers) -> None:
    assert await status(method, "/api/v1/sessions", headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        COOKIE,
        {"Origin": "http://10.0.0.5:8080"},
        {"Origin": "https://10.0.0.5:8080"},  # TLS ends at a proxy
        {"Origin": "https://DISPATCH.example:8443"},
        {"Sec-Fetch-Site": "same-origin"} | COOKIE,
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_our_own_page_and_programs_do(headers: Headers) -> None:
    assert await status("POST", "/api/v1/sessions", headers) == 200


async def test_whoever_may_look() -> None:
    assert await status("GET", "/api/v1/streams", {"Origin": "http://evil.example"} | COOKIE) == 200


async def test_foreign_pages_use_whip_with_a_token_but_not_with_a_cookie() -> None:
    foreign = {"Origin": "http://player.example"}
    assert await status("POST", "/whip/1", foreign) == 200
    assert await status("POST", "/whep/1", foreign | COOKIE) == 403
    assert await status("POST", "/whipped", foreign) == 403
