"""No route of the whole server without a mark, and none open but the few that say why."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import httpx2
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from dispatch_server.app import create_app
from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import Bearer, Mark, Open, marks_in, permit
from dispatch_server.identity.model import Role
from dispatch_server.settings.loading import load
from dispatch_server.wiring import wire
from tests.integration.live.rig import Rig

# Not made by us: the framework's document of the API, which says what this repository says.
PLAIN = {"/api/v1/openapi.json"}
# Health, figures (their own token), and what the standards of WHIP and WHEP ask for without a token.
OPEN = {
    "session.begin",
    "ops.health",
    "ops.readiness",
    "ops.version",
    "ops.metrics",
    "whip.options",
    "whep.options",
}


@cache
def server() -> FastAPI:
    """All rooms, built and not opened."""
    return create_app(wire(load(None, {})))


def marked_routes(app: FastAPI) -> Iterator[tuple[str, list[Mark]]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute | APIWebSocketRoute):
            methods = sorted(route.methods) if isinstance(route, APIRoute) else ["SOCKET"]
            marks = marks_in(dependency.call for dependency in context.dependant.dependencies)
            yield from ((f"{method} {context.path}", marks) for method in methods)


def unmarked(app: FastAPI) -> list[str]:
    return [route for route, marks in marked_routes(app) if len(marks) != 1]


def test_every_route_has_one_mark_whose_action_is_registered() -> None:
    assert len(list(marked_routes(server()))) > 25
    assert unmarked(server()) == []
    assert {mark.action for _, marks in marked_routes(server()) for mark in marks} <= set(ACTIONS)


def test_only_what_tells_nothing_is_open() -> None:
    marks = {route: found for route, (found,) in marked_routes(server())}
    assert {mark.action for mark in marks.values() if isinstance(mark, Open)} <= OPEN
    bearers = [route for route, mark in marks.items() if isinstance(mark, Bearer)]
    assert [route for route in bearers if not route.split(" ")[1].startswith(("/whip/", "/whep/"))] == []
    plain = {
        context.path
        for context in iter_route_contexts(server().routes)
        if not isinstance(context.original_route, APIRoute | APIWebSocketRoute) and context.path is not None
    }
    assert plain <= PLAIN


def test_a_route_without_a_mark_is_seen() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/bare")
    async def bare() -> None: ...

    @app.get("/twice", dependencies=[permit("clock.read"), permit("stream.list")])
    async def twice() -> None: ...

    @app.get("/fine", dependencies=[permit("clock.read")])
    async def fine() -> None: ...

    assert unmarked(app) == ["GET /bare", "GET /twice"]


async def test_who_is_not_signed_in_gets_nothing_from_any_route() -> None:
    """Asked of the whole server: every permitted route says 401 before it looks at what was sent."""
    # Sockets are asked in tests/integration/signals, over a real connection.
    routes = [(route, mark) for route, (mark,) in marked_routes(server()) if not route.startswith("SOCKET")]
    asked = [route for route, mark in routes if not isinstance(mark, Open | Bearer)]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server()), base_url="http://localhost:8080") as client:
        for route in asked:
            method, path = route.split(" ")
            answer = await client.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, route
    assert len(asked) > 8


async def test_a_role_that_may_not_is_told_so() -> None:
    rig = Rig()
    officer = replace(DEVELOPER, id="officer", roles=frozenset({Role.OFFICER}))
    await rig.desk.post("/api/v1/sessions", json={"code": rig.sign_ins.new_code(officer)})
    assert (await rig.desk.get("/api/v1/clock")).status_code == 200
    refused = await rig.desk.get("/api/v1/streams")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    rig.room.go_live("T0101")
    watch = await rig.desk.post("/api/v1/media-tokens", json={"direction": "watch", "target": "T0101"})
    assert watch.status_code == 403
    publish = await rig.desk.post("/api/v1/media-tokens", json={"direction": "publish", "target": "T0102"})
    assert publish.status_code == 201
    keys = await rig.desk.post("/api/v1/publish-keys", json={"source": "T0101"})
    assert keys.status_code == 403


async def test_a_foreign_page_changes_nothing() -> None:
    """A5, of the whole server: whatever changes something refuses another origin, cookie or not."""
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server()), base_url="http://localhost:8080") as client:
        client.cookies.set("session", "stolen")
        changing = [route.split(" ") for route, _ in marked_routes(server()) if not route.startswith(("GET", "OPT"))]
        for method, path in changing:
            answer = await client.request(
                method, path.replace("{", "").replace("}", ""), headers=foreign, content=b"{}"
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), path
    assert len(changing) > 10
