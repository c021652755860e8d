"""What becomes of an act is one line: that it was done, that it was refused, or that it failed."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx2
import pytest

from dispatch_server.identity.actions import ACTIONS, Recorded, register
from dispatch_server.identity.development import DEVELOPER
from dispatch_server.identity.guard import permit, require
from dispatch_server.identity.model import Role, Session
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.registry import GuardedRouter, Registry
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.errors import Absent, Conflict
from tests.integration.live.rig import Rig

ALL = frozenset(Role)


class NoSuchThing(Absent):
    def __init__(self) -> None:
        super().__init__("thing_unknown", "There is no such thing.")


class NotYetThere(NoSuchThing):
    is_told = False


def things() -> GuardedRouter:
    register("test.change", "change a thing", ALL)
    register("test.own", "change a thing that its room enters", ALL, recorded=Recorded.BY_ROOM)
    register("test.see", "see a thing", ALL, recorded=Recorded.NO)
    register("test.audit", "what an auditor may", frozenset({Role.AUDIT_ADMIN}))
    router = GuardedRouter(prefix="/things", registry=Registry())

    @router.post("/{thing_id}")
    async def change(thing_id: str, session: Annotated[Session, permit("test.change")]) -> None:
        match thing_id:
            case "absent":
                raise NoSuchThing
            case "taken":
                raise Conflict("taken", "It is taken.")
            case "broken":
                raise ZeroDivisionError

    @router.put("/{thing_id}")
    async def change_own(thing_id: str, session: Annotated[Session, permit("test.own")]) -> None:
        raise Conflict("taken", "It is taken.") if thing_id == "taken" else NoSuchThing

    @router.get("/{thing_id}")
    async def see(thing_id: str, session: Annotated[Session, permit("test.see")]) -> None:
        if thing_id == "forbidden":
            require(session, "test.audit")
        raise NotYetThere if thing_id == "awaited" else NoSuchThing

    return router


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    known = set(ACTIONS)
    rig = Rig()
    rig.app.include_router(things())
    rig.desk = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(rig.app, raise_app_exceptions=False), base_url="http://dispatch.test"
    )
    rig.app.state.refusals = Refusals(per_minute=5)
    person = DEVELOPER.__class__("p1", "值班员", ALL - {Role.AUDIT_ADMIN}, "13")
    await rig.desk.post("/api/v1/sessions", json={"code": rig.sign_ins.new_code(person)})
    rig.ledger.acts.clear()
    yield rig
    for name in set(ACTIONS) - known:
        del ACTIONS[name]


async def test_what_is_not_done_is_not_told_as_done(rig: Rig) -> None:
    for thing, status in (("fine", 200), ("absent", 404), ("taken", 409), ("broken", 500)):
        assert (await rig.desk.post(f"/things/{thing}")).status_code == status
    assert rig.ledger.lines() == [
        ("test.change", "thing:fine", "begun"),
        ("test.change", "thing:absent", "begun"),
        ("test.change", "thing:absent", "refused"),
        ("test.change", "thing:taken", "begun"),
        ("test.change", "thing:taken", "failed"),
        ("test.change", "thing:broken", "begun"),
        ("test.change", "thing:broken", "failed"),
    ]
    assert [act.detail.get("code") for act in rig.ledger.acts if act.outcome is Outcome.FAILED] == [
        "taken",
        "unexpected",
    ]
    assert {act.department for act in rig.ledger.acts} == {"13"}


async def test_what_the_room_enters_has_one_line_when_it_comes_to_nothing(rig: Rig) -> None:
    assert (await rig.desk.put("/things/taken")).status_code == 409
    assert (await rig.desk.put("/things/absent")).status_code == 404
    assert rig.ledger.lines() == [("test.own", "thing:taken", "failed"), ("test.own", "thing:absent", "refused")]


async def test_who_tries_names_and_rights_from_inside_is_told(rig: Rig) -> None:
    """The permit has passed: only the room knows that it may not, or that there is none for this person."""
    for thing in ("1", "forbidden", "awaited"):
        assert (await rig.desk.get(f"/things/{thing}")).status_code in (403, 404)
    assert rig.ledger.lines() == [("test.see", "thing:1", "refused"), ("test.see", "thing:forbidden", "refused")]


async def test_a_probe_in_a_loop_does_not_fill_the_ledger(rig: Rig) -> None:
    for number in range(9):
        await rig.desk.get(f"/things/{number}")
    assert len(rig.ledger.acts) == 5
    too_often = await rig.desk.post("/things/absent")
    assert (too_often.status_code, too_often.json()["code"]) == (429, "too_many_acts")
    assert len(rig.ledger.acts) == 5
    rig.room.world.seconds += 60
    assert (await rig.desk.post("/things/fine")).status_code == 200


async def test_acts_in_a_loop_are_bounded_too(rig: Rig) -> None:
    rig.app.state.refusals = Refusals(begun_per_minute=3)
    answers = [(await rig.desk.post("/things/fine")).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]


async def test_without_a_ledger_nothing_is_done_and_a_refusal_stays_what_it_is(rig: Rig) -> None:
    rig.ledger.is_away = True
    assert (await rig.desk.post("/things/fine")).status_code == 503
    assert (await rig.desk.get("/things/1")).status_code == 404
    assert [(act.action, act.outcome) for act in rig.ledger.journalled] == [("test.see", Outcome.REFUSED)]
