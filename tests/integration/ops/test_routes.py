"""Health depends on nothing, readiness on what this node cannot do without, and figures are not for everybody (O1)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from dispatch_server import __version__
from dispatch_server.kit.redact import Secret
from dispatch_server.ops.routes import ops_routes
from dispatch_server.runtime.counters import Counters
from dispatch_server.web import problems

TOKEN = "0123456789abcdef" * 4
Check = Callable[[], Awaitable[str | None]]


async def fine() -> str | None:
    return None


async def away() -> str | None:
    return "The database does not answer."


async def hangs() -> str | None:
    await asyncio.Event().wait()
    return None


@asynccontextmanager
async def client_of(
    checks: dict[str, Check],
    development: bool = False,
    address: str = "127.0.0.1",
    companions: dict[str, Check] | None = None,
) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    app.include_router(ops_routes(Counters(), checks, companions or {}, 0.1, development, lambda: Secret(TOKEN)))
    transport = httpx2.ASGITransport(app=app, client=(address, 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize("check", [fine, away, hangs])
async def test_health_depends_on_nothing(check: Check) -> None:
    async with client_of({"database": check}) as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("check", "status", "sentence"),
    [(fine, 200, "ok"), (away, 503, "The database does not answer."), (hangs, 503, "no answer within 0.1 s")],
)
async def test_readiness_tells_what_is_wrong_and_does_not_hang(check: Check, status: int, sentence: str) -> None:
    async with client_of({"database": check, "other": fine}) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == status
    away = [] if status == 200 else ["database"]
    checks = {"database": sentence, "other": "ok"}
    assert answer.json() == {"ready": status == 200, "away": away, "checks": checks}


@pytest.mark.parametrize("check", [away, hangs])
async def test_a_node_that_works_on_alone_is_ready_and_names_what_is_away(check: Check) -> None:
    async with client_of({"database": fine}, companions={"redis": check, "disk": fine}) as client:
        answer = await client.get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["ready"], told["away"]) == (200, True, ["redis"])
    assert told["checks"]["redis"] not in ("ok", "")
    async with client_of({"database": check}, companions={"redis": check}) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, set(answer.json()["away"])) == (503, {"database", "redis"})


async def test_a_node_without_checks_is_ready() -> None:
    async with client_of({}) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_the_version() -> None:
    async with client_of({}) as client:
        assert (await client.get("/version")).json() == {"name": "dispatch-server", "version": __version__}


@pytest.mark.parametrize(
    ("development", "address", "authorization", "status"),
    [
        (False, "127.0.0.1", "", 401),
        (False, "127.0.0.1", "Bearer wrong", 401),
        (False, "10.0.0.9", f"Bearer {TOKEN[:-1]}", 401),
        (False, "10.0.0.9", f"Basic {TOKEN}", 401),
        (False, "10.0.0.9", f"Bearer {TOKEN}", 200),
        (True, "127.0.0.1", "", 200),
        (True, "::1", "", 200),
        (True, "10.0.0.9", "", 401),
        (True, "10.0.0.9", f"bearer {TOKEN}", 200),
        (True, "unknown", "", 401),
    ],
)
async def test_who_may_see_the_figures(development: bool, address: str, authorization: str, status: int) -> None:
    async with client_of({}, development, address) as client:
        answer = await client.get("/metrics", headers={"Authorization": authorization} if authorization else {})
    assert answer.status_code == status
    if status == 200:
        assert answer.headers["content-type"].startswith("text/plain")
        assert "dispatch_loop_lag_seconds" in answer.text
    else:
        assert answer.json()["code"] == "metrics_token_needed"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_empty_token_opens_nothing() -> None:
    app = FastAPI()
    problems.install(app)
    app.include_router(ops_routes(Counters(), {}, {}, 0.1, False, lambda: Secret("")))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 401
