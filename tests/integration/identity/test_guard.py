"""No route of the whole server without a mark, and none open but the few that say why."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Annotated

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from dispatch_server.app import create_app
from dispatch_server.identity.actions import ACTIONS, register
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import by_terminal, permit
from dispatch_server.identity.model import Role
from dispatch_server.identity.registry import MESSAGE, ROUTES, SAFE, SOCKET, Entry, GuardedRouter, Registry, Unmarked
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.errors import LocalFault
from dispatch_server.settings.loading import load
from dispatch_server.web import problems
from dispatch_server.wiring import wire
from tests.integration.live.rig import Rig

# Health, figures (their own token), and what the standards of WHIP and WHEP ask for without a token.
OPEN = {
    "session.begin",
    "session.step",
    "terminal.enrol",  # the one-time code is the proof
    "terminal.token",  # the signed assertion is the proof
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


def served(app: FastAPI) -> Iterator[str]:
    """What the framework would answer, whoever put it there."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute | APIWebSocketRoute):
            methods = sorted(route.methods) if isinstance(route, APIRoute) else [SOCKET]
            yield from (f"{method} {context.path}" for method in methods)
        elif context.path is not None:
            yield f"PLAIN {context.path}"


def unknown(app: FastAPI, registry: Registry) -> list[str]:
    return sorted(set(served(app)) - {str(entry) for entry in registry})


def entries() -> list[Entry]:
    server()
    return [entry for entry in ROUTES if entry.method != MESSAGE]


def test_nothing_is_served_that_the_registry_does_not_know() -> None:
    assert unknown(server(), ROUTES) == []
    assert len(entries()) > 25
    assert {entry.action for entry in ROUTES} <= set(ACTIONS)
    assert {str(entry) for entry in entries()} == set(served(server()))


def test_what_got_in_beside_the_registry_is_seen() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    registry = Registry()
    guarded = GuardedRouter(registry=registry)

    @app.get("/bare", dependencies=[permit("clock.read")])
    async def bare() -> None: ...

    @guarded.get("/fine", dependencies=[permit("clock.read")])
    async def fine() -> None: ...

    app.include_router(guarded)
    assert unknown(app, registry) == ["GET /bare"]


def test_a_router_takes_no_route_without_exactly_one_mark() -> None:
    registry = Registry()
    guarded = GuardedRouter(registry=registry)

    async def answer() -> None: ...

    for marks in ([], [permit("clock.read"), permit("stream.list")]):
        with pytest.raises(Unmarked):
            guarded.add_api_route("/bare", answer, dependencies=marks)
        with pytest.raises(Unmarked):
            guarded.add_api_websocket_route("/socket", answer, dependencies=marks)
    assert guarded.routes == []
    assert list(registry) == []
    guarded.add_api_route("/fine", answer, dependencies=[permit("clock.read")])
    with pytest.raises(LocalFault, match="twice"):
        guarded.add_api_route("/fine", answer, dependencies=[permit("stream.list")])
    with pytest.raises(LocalFault, match="nobody registered"):
        registry.note_message("Hello", "no.such.action")


def test_only_what_tells_nothing_is_open() -> None:
    assert {entry.action for entry in entries() if entry.kind == "Open"} <= OPEN
    bearers = [entry.path for entry in entries() if entry.kind == "Bearer"]
    assert [path for path in bearers if not path.startswith(("/whip/", "/whep/"))] == []


async def test_who_is_not_signed_in_gets_nothing_from_any_route() -> None:
    """Asked of the whole server: every permitted route says 401 before it looks at what was sent."""
    # Sockets are asked in tests/integration/signals, over a real connection.
    asked = [entry for entry in entries() if entry.kind in ("Permit", "ByTerminal") and entry.method != SOCKET]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server()), base_url="http://localhost:8080") as client:
        for entry in asked:
            answer = await client.request(entry.method, entry.path.replace("{", "").replace("}", ""))
            assert answer.status_code == 401, entry
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
    refused_acts = [act for act in rig.ledger.acts if act.outcome is Outcome.REFUSED]
    assert [act.action for act in refused_acts] == ["stream.list", "media_token.issue", "publish_key.issue"]
    assert {act.actor for act in refused_acts} == {"person:officer"}


async def test_a_change_is_on_record_before_it_is_done_or_it_is_not_done() -> None:
    rig = Rig()
    await rig.sign_in()
    issued = await rig.desk.post("/api/v1/publish-keys", json={"source": "T0101"})
    assert issued.status_code == 201
    await rig.desk.post("/api/v1/publish-keys", json={"no_such": "member"})
    gone = await rig.desk.delete("/api/v1/publish-keys/none")
    assert gone.status_code == 404
    key_id = issued.json()["entry"]["id"]
    assert rig.ledger.lines()[-2:] == [
        ("publish_key.issue", f"publish_key:{key_id}", "done"),
        ("publish_key.revoke", "publish_key:none", "refused"),
    ]
    told = rig.ledger.of("publish_key.issue")[0]
    assert (told.department, told.detail["source"]) == ("01", "T0101")
    rig.ledger.is_away = True
    refused = await rig.desk.post("/api/v1/publish-keys", json={"source": "T0102"})
    assert (refused.status_code, refused.json()["code"]) == (503, "ledger_unavailable")
    assert (await rig.desk.get("/api/v1/clock")).status_code == 200
    assert [entry["source"] for entry in (await rig.desk.get("/api/v1/publish-keys")).json()["keys"]] == ["T0101"]
    # What only takes a right away is done all the same.
    assert (await rig.desk.delete(f"/api/v1/publish-keys/{key_id}")).status_code == 204
    journalled = [(act.action, act.subject) for act in rig.ledger.journalled]
    assert journalled == [("publish_key.revoke", f"publish_key:{key_id}")]


async def test_terminals_come_in_by_their_access_token_alone() -> None:
    caller = TerminalCaller("T1301", "一号", "13", "key")

    class Tokens:
        async def terminal_of(self, token: str) -> TerminalCaller | None:
            return caller if token == "right" else None

    app, registry = FastAPI(), Registry()
    problems.install(app)
    router = GuardedRouter(registry=registry)

    @router.get("/own")
    async def own(asked: Annotated[TerminalCaller, by_terminal("test.own")]) -> str:
        return asked.holder

    app.include_router(router)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://dispatch.test") as client:
        right = {"Authorization": "Bearer right"}
        assert (await client.get("/own", headers=right)).status_code == 401
        app.state.terminals = Tokens()
        assert (await client.get("/own", headers=right)).json() == "terminal:T1301:key"
        for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic right"}):
            refused = await client.get("/own", headers=wrong)
            assert (refused.status_code, refused.json()["code"]) == (401, "token_refused")
    del ACTIONS["test.own"]


async def test_what_is_dangerous_wants_a_second_factor_that_was_shown_just_now() -> None:
    rig = Rig()
    register("test.dangerous", "a dangerous thing", frozenset(Role), fresh=True)
    router = GuardedRouter(registry=Registry(), dependencies=[permit("test.dangerous")])

    @router.post("/dangerous")
    async def dangerous() -> None: ...

    rig.app.include_router(router)
    await rig.sign_in()
    (session,) = rig.sign_ins.sessions()
    for proved_utc_us, status in ((0, 403), (session.seen_utc_us - 601_000_000, 403), (session.seen_utc_us, 200)):
        session.proved_utc_us = proved_utc_us
        answer = await rig.desk.post("/dangerous")
        assert answer.status_code == status
        assert status == 200 or answer.json()["code"] == "second_factor_needed"
    del ACTIONS["test.dangerous"]


# What takes much away at once, for good, or gives somebody keys, roles or rights.
DANGEROUS = {
    "device.retire",
    "person.create",
    "person.enable",
    "person.factor",
    "person.rights",
    "permit.grant",
    "publish_key.issue",
    "recovery.ask",
    "recovery.confirm",
}


def test_exports_keys_and_rights_are_dangerous() -> None:
    server()
    exports = {name for name in ACTIONS if name.endswith((".export", ".delete", ".hold"))}
    assert {"ledger.export", "org.export"} <= exports
    assert {name for name in exports | DANGEROUS if not ACTIONS[name].fresh} == set()


async def test_a_foreign_page_changes_nothing() -> None:
    """A5, of the whole server: whatever changes something refuses another origin, cookie or not."""
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server()), base_url="http://localhost:8080") as client:
        client.cookies.set("session", "stolen")
        changing = [entry for entry in entries() if entry.method not in SAFE]
        for entry in changing:
            path = entry.path.replace("{", "").replace("}", "")
            answer = await client.request(entry.method, path, headers=foreign, content=b"{}")
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), entry
    assert len(changing) > 10
