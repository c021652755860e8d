"""Health, readiness, version and figures, at the addresses where every operator looks for them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from ipaddress import ip_address
from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from dispatch_server import __version__
from dispatch_server.identity.guard import open_to_all, session_of
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Unauthenticated
from dispatch_server.kit.redact import Secret
from dispatch_server.protocol.problem import responses
from dispatch_server.runtime.counters import CONTENT_TYPE, Counters

Check = Callable[[], Awaitable[str | None]]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    ready: bool
    away: list[str] = Field(description="What is not well. Ready none the less: this node works on without it.")
    checks: dict[str, str]


class Version(BaseModel):
    name: str = "dispatch-server"
    version: str = __version__


class FiguresClosed(Unauthenticated):
    """Figures tell who is on air and how much: they are not for everybody."""

    def __init__(self) -> None:
        super().__init__("metrics_token_needed", "The figures need their bearer token.")


def ops_routes(
    counters: Counters,
    readiness: Mapping[str, Check],
    companions: Mapping[str, Check],
    check_s: float,
    development: bool,
    token: Callable[[], Secret],
) -> GuardedRouter:
    """`readiness`: what this node cannot serve without; `companions`: what it works on without, and names."""
    router = GuardedRouter(tags=["ops"])

    @router.get("/healthz", dependencies=[open_to_all("ops.health", "a supervisor asks it and learns nothing else")])
    async def health() -> Health:
        """This process answers. It depends on nothing else: a restart would not mend a database."""
        return Health()

    @router.get(
        "/readyz",
        dependencies=[open_to_all("ops.readiness", "a load balancer asks it; it names rooms, not their content")],
        responses={503: {"model": Readiness}},
    )
    async def ready(response: Response) -> Readiness:
        """Whether to send people here, and what is away: each check in the same short time."""
        checks = {**companions, **readiness}
        told = await asyncio.gather(*(_checked(check, check_s) for check in checks.values()))
        found = dict(zip(checks, told, strict=True))
        away = [name for name, sentence in found.items() if sentence is not None]
        well = not any(name in readiness for name in away)
        response.status_code = 200 if well else 503
        return Readiness(ready=well, away=away, checks={name: sentence or "ok" for name, sentence in found.items()})

    @router.get("/version", dependencies=[open_to_all("ops.version", "it is public what this program is")])
    async def version() -> Version:
        return Version()

    @router.get(
        "/metrics",
        dependencies=[open_to_all("ops.metrics", "it checks its own token, the address, or the sign-in")],
        responses={**responses(401), 200: {"content": {"text/plain": {}}, "description": "Prometheus' text form."}},
        response_class=Response,
    )
    async def metrics(request: Request) -> Response:
        """Figures for Prometheus. Development: from this machine or when signed in; production: with the token."""
        by_token = _bears(request, token())
        if not by_token and not (development and (_is_local(request) or await _is_signed_in(request))):
            raise FiguresClosed
        return Response(counters.exposition(), media_type=CONTENT_TYPE)

    return router


async def _checked(check: Check, check_s: float) -> str | None:
    try:
        async with asyncio.timeout(check_s):
            return await check()
    except TimeoutError:
        return f"no answer within {check_s:g} s"


def _bears(request: Request, token: Secret) -> bool:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    known = token.reveal()
    return bool(known) and scheme.lower() == "bearer" and compare_digest(shown.strip().encode(), known.encode())


def _is_local(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def _is_signed_in(request: Request) -> bool:
    return hasattr(request.app.state, "sign_ins") and await session_of(request) is not None
