"""A page that asks by itself keeps nobody signed in: only what somebody does, and the mark that somebody is there."""

import httpx2
import pytest

from dispatch_server.identity import guard
from dispatch_server.identity.actions import ACTIONS
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Role
from dispatch_server.identity.registry import GuardedRouter, Registry
from tests.integration.identity.people_rig import ANOTHER, PASSWORD, PeopleRig

CURRENT, PRESENCE = "/api/v1/sessions/current", "/api/v1/me/presence"


async def operator(rig: PeopleRig) -> httpx2.AsyncClient:
    await rig.add("lin", {Role.OPERATOR}, "13")
    return await rig.enter("lin")


async def test_a_page_that_is_left_open_is_signed_out_after_its_quarter_of_an_hour(one_rig: PeopleRig) -> None:
    """Also across a restart, which reads from the database when somebody was last there."""
    rig, page = one_rig, await operator(one_rig)
    end = (await page.get(CURRENT)).json()["idle_end_utc_us"]
    for _ in range(89):
        rig.world.advance(10)
        for path in (CURRENT, "/api/v1/me/sessions"):
            assert (await page.get(path)).status_code == 200
        await rig.room.sign_ins.tick()
    assert (await page.get(CURRENT)).json()["idle_end_utc_us"] == end
    rig.room.sign_ins._sessions.clear()
    assert (await page.get(CURRENT)).status_code == 200
    rig.world.advance(10)
    assert (await page.get(CURRENT)).status_code == 401
    assert [reason for _, reason in rig.ended] == ["signed out after its time"]
    await page.aclose()


async def test_it_is_the_guard_that_tells_use_from_asking(one_rig: PeopleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would not pass without."""
    monkeypatch.setattr(guard, "is_use", lambda request, action: True)
    page = await operator(one_rig)
    for _ in range(3):
        one_rig.world.advance(600)
        assert (await page.get(CURRENT)).status_code == 200
    await page.aclose()


async def test_the_mark_of_somebody_there_keeps_the_sign_in_but_not_beyond_its_age(one_rig: PeopleRig) -> None:
    rig, page = one_rig, await operator(one_rig)
    for _ in range(12 * 5 - 1):
        rig.world.advance(720)
        marked = await page.post(PRESENCE)
        assert (marked.status_code, marked.json()["idle_end_utc_us"] > rig.world.utc_us()) == (200, True)
    rig.world.advance(720)
    assert (await page.post(PRESENCE)).status_code == 401
    await page.aclose()


async def test_a_change_that_somebody_makes_is_a_use_too(one_rig: PeopleRig) -> None:
    rig, page = one_rig, await operator(one_rig)
    rig.world.advance(899)
    assert (await page.put("/api/v1/me/password", json={"present": PASSWORD, "new": ANOTHER})).status_code == 204
    rig.world.advance(899)
    assert (await page.get(CURRENT)).status_code == 200
    await page.aclose()


async def test_a_player_that_comes_back_by_itself_is_no_use(one_rig: PeopleRig) -> None:
    """It asks for a new media token whenever its picture stopped."""
    rig, page = one_rig, await operator(one_rig)
    assert ACTIONS["media_token.issue"].background and not ACTIONS["me.presence"].background
    router = GuardedRouter(registry=Registry(), dependencies=[permit("media_token.issue")])

    @router.post("/token")
    async def token() -> None: ...

    rig.app.include_router(router)
    for _ in range(2):
        rig.world.advance(450)
        answer = await page.post("/token")
    assert answer.status_code == 401
    await page.aclose()


async def test_a_second_factor_grows_stale_while_a_page_only_asks(one_rig: PeopleRig) -> None:
    rig = one_rig
    await rig.first_administrators()
    page = await rig.enter("system")
    body = {"account": "bai", "name": "x", "department": ""}
    rig.world.advance(601)
    stale = await page.post("/api/v1/people", json=body)
    assert (stale.status_code, stale.json()["code"]) == (403, "second_factor_needed")
    await page.aclose()
