"""Signing in and out over HTTP, and the cookie that goes with it."""

import httpx2

from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import COOKIE, SECURE_COOKIE
from tests.integration.live.rig import Rig


async def test_a_code_is_exchanged_for_a_strict_cookie() -> None:
    rig = Rig()
    answer = await rig.sign_in()
    assert answer.status_code == 201
    assert answer.json()["person"]["id"] == "developer"
    assert "stream.watch" in answer.json()["actions"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert attribute in cookie
    assert "Max-Age" not in cookie and "expires" not in cookie.lower()
    current = await rig.desk.get("/api/v1/sessions/current")
    assert current.json() == answer.json()


async def test_over_tls_the_cookie_is_bound_to_the_host() -> None:
    rig = Rig()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(rig.app), base_url="https://dispatch.test") as client:
        answer = await rig.sign_in(client)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SECURE_COOKIE}=")
        assert "Secure" in cookie and "Domain" not in cookie
        assert (await client.get("/api/v1/sessions/current")).status_code == 200
        # A cookie that plain HTTP could have planted counts for nothing over TLS.
        secret = client.cookies[SECURE_COOKIE]
        client.cookies.clear()
        client.cookies.set(COOKIE, secret)
        assert (await client.get("/api/v1/sessions/current")).status_code == 401


async def test_signing_out_ends_it() -> None:
    rig = Rig()
    await rig.sign_in()
    secret = rig.desk.cookies[COOKIE]
    assert (await rig.desk.delete("/api/v1/sessions/current")).status_code == 204
    assert COOKIE not in rig.desk.cookies
    rig.desk.cookies.set(COOKIE, secret)
    assert (await rig.desk.get("/api/v1/sessions/current")).status_code == 401


async def test_a_wrong_or_used_code_opens_nothing() -> None:
    rig = Rig()
    code = rig.sign_ins.new_code(DEVELOPER)
    assert (await rig.stranger.post("/api/v1/sessions", json={"code": code})).status_code == 201
    again = await rig.desk.post("/api/v1/sessions", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (401, "code_refused")
    assert "set-cookie" not in again.headers
    assert (await rig.desk.post("/api/v1/sessions", json={"code": "short"})).status_code == 422
    plain = await rig.desk.post("/api/v1/sessions", content=b'{"code":"x"}', headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415


async def test_each_sign_in_has_a_fresh_secret() -> None:
    """A cookie that somebody planted before is not taken over (session fixation)."""
    rig = Rig()
    rig.desk.cookies.set(COOKIE, "planted")
    answer = await rig.sign_in()
    assert "planted" not in answer.headers["set-cookie"]
