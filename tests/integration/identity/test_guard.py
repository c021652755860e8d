"""No route without a mark, and none open but the few that say why."""

from dataclasses import replace

from fastapi.routing import APIRoute, iter_route_contexts

from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import Bearer, Mark, Open, marks_in
from dispatch_server.identity.model import Role
from tests.integration.live.rig import Rig


def routes_and_marks(rig: Rig) -> dict[str, list[Mark]]:
    """By method and path, of everything that the application answers (the framework's own document aside)."""
    found = {}
    for context in iter_route_contexts(rig.app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            calls = [dependency.call for dependency in context.dependant.dependencies]
            for method in sorted(route.methods):
                found[f"{method} {context.path}"] = marks_in(calls)
    return found


def test_every_route_has_one_mark_whose_action_is_registered() -> None:
    found = routes_and_marks(Rig())
    assert len(found) > 20
    assert {route: len(marks) for route, marks in found.items() if len(marks) != 1} == {}
    assert {mark.action for marks in found.values() for mark in marks} <= set(ACTIONS)


def test_only_sign_in_and_what_tells_nothing_is_open() -> None:
    found = routes_and_marks(Rig())
    open_routes = {route for route, (mark,) in found.items() if isinstance(mark, Open)}
    assert {route for route in open_routes if not route.startswith(("OPTIONS ", "GET /whip/", "GET /whep/"))} == {
        "POST /api/v1/sessions"
    }
    bearers = {route for route, (mark,) in found.items() if isinstance(mark, Bearer)}
    assert all(route.split(" ")[1].startswith(("/whip/", "/whep/")) for route in bearers)


async def test_a_role_that_may_not_is_told_so() -> None:
    rig = Rig()
    officer = replace(DEVELOPER, id="officer", roles=frozenset({Role.OFFICER}))
    await rig.desk.post("/api/v1/sessions", json={"code": rig.sign_ins.new_code(officer)})
    assert (await rig.desk.get("/api/v1/clock")).status_code == 200
    refused = await rig.desk.get("/api/v1/streams")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    await Rig.go_live(await second_desk(rig))
    watch = await rig.desk.post("/api/v1/media-tokens", json={"direction": "watch", "target": "T0101"})
    assert watch.status_code == 403
    publish = await rig.desk.post("/api/v1/media-tokens", json={"direction": "publish", "target": "T0102"})
    assert publish.status_code == 201
    keys = await rig.desk.post("/api/v1/publish-keys", json={"source": "T0101"})
    assert keys.status_code == 403


async def second_desk(rig: Rig) -> Rig:
    """The same application, with the developer at the desk."""
    other = Rig(rig.room)
    await other.sign_in()
    return other
